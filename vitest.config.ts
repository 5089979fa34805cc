import { defineConfig } from 'vitest/config';

// Detached handlers, a held port and the process-wide registry must not leak from one file to the next.
const pool = 'forks';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 20_000,
          pool,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real backends: one file at a time, when nothing else wants the processor.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
