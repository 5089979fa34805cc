import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    testTimeout: 20_000,
    // Detached handlers, a held port and the process-wide registry must not leak from one file to the next.
    pool: 'forks',
  },
});
