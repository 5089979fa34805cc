import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// One process per file, so that handlers, ports and process-wide state do not leak from one file to the next.
const pool = 'forks';
/** Limit for a test that hangs, long enough for a machine under load. */
const TIMEOUT_MS = 60_000;

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

// Vite does not compile CommonJS files, and the build writes the script of the worker thread: tests use the built ones.
const alias = [
  ...['gpu/sources/nvml/worker-source.js', 'system/optional-require.cjs'].map((file) => ({
    find: new RegExp(`^\\.{1,2}/(?:.*/)?${basename(file)}$`),
    replacement: path(`dist/esm/${file}`),
  })),
  ...['page/server/assets-folder.cjs', 'sdk/otlp-http-exporters.cjs', 'configuration/file-libraries.cjs'].map(
    (file) => ({
      find: new RegExp(`^\\.{1,2}/(?:.*/)?${basename(file)}$`),
      replacement: path(`snakepit-otel/dist/esm/${file}`),
    }),
  ),
  { find: /^opentelemetry-instrumentation-snakepit\/bridge$/, replacement: path('src/bridge/index.ts') },
  { find: /^opentelemetry-instrumentation-snakepit\/internal$/, replacement: path('src/internal.ts') },
  { find: /^opentelemetry-instrumentation-snakepit$/, replacement: path('src/index.ts') },
  { find: /^snakepit-otel$/, replacement: path('snakepit-otel/src/index.ts') },
];

/** A test is tagged with the faults whose outcome it holds; see scripts/reliability.mjs. */
const tags = (
  JSON.parse(readFileSync(path('test/fixtures/faults.json'), 'utf8')) as { id: string; fault: string }[]
).map(({ id, fault }) => ({ name: id, description: fault }));

export default defineConfig({
  test: {
    // Many tests wait for child processes: one file more than there are processors leaves none of them idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          tags,
          include: ['test/**/*.test.ts', 'snakepit-otel/test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
          pool,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real backends, which each file starts for itself on free ports.
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 3 * TIMEOUT_MS,
          hookTimeout: 3 * TIMEOUT_MS,
          pool,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
