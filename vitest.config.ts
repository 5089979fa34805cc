import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Detached handlers, a held port and the process-wide registry must not leak from one file to the next.
const pool = 'forks';
/** For a test that hangs: none waits for it, and a machine under load gets by. */
const PATIENT_MS = 60_000;

// Of the files that are CommonJS in both builds, tests take the built ones: Vite does not compile them, and the thread that
// one of them names is started by Node, which takes no TypeScript.
const alias = ['gpu/sources/nvml/worker-file.cjs', 'system/optional-require.cjs'].map((file) => ({
  find: new RegExp(`^\\.{1,2}/(?:.*/)?${basename(file)}$`),
  replacement: fileURLToPath(new URL(`dist/esm/${file}`, import.meta.url)),
}));

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: PATIENT_MS,
          hookTimeout: PATIENT_MS,
          pool,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real backends: one file at a time, when nothing else wants the processor.
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 3 * PATIENT_MS,
          hookTimeout: 3 * PATIENT_MS,
          pool,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
