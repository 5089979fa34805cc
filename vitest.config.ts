import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Detached handlers, a held port and the process-wide registry must not leak from one file to the next.
const pool = 'forks';
/** For a test that hangs: none waits for it, and a machine under load gets by. */
const PATIENT_MS = 60_000;

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

// CommonJS files of both builds are not compiled by Vite, and Node starts the thread that one of them names: tests use built ones.
const alias = [
  ...['gpu/sources/nvml/worker-file.cjs', 'system/optional-require.cjs'].map((file) => ({
    find: new RegExp(`^\\.{1,2}/(?:.*/)?${basename(file)}$`),
    replacement: path(`dist/esm/${file}`),
  })),
  { find: /^opentelemetry-instrumentation-snakepit\/internal$/, replacement: path('src/internal.ts') },
  { find: /^opentelemetry-instrumentation-snakepit$/, replacement: path('src/index.ts') },
  { find: /^snakepit-otel$/, replacement: path('snakepit-otel/src/index.ts') },
];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'snakepit-otel/test/**/*.test.ts'],
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
