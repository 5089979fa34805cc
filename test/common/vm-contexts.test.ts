// jest runs the files of a worker in one process, each in a context of node:vm with modules of its own. The channels are shared.
import { expect, test } from 'vitest';
import { runNode } from '../helpers/child.js';

/** Loads modules in a context, in the manner of jest: only Node's own modules are shared. */
const LOADER = `
  const { createRequire } = require('node:module');
  const { dirname, isAbsolute } = require('node:path');
  const { readFileSync } = require('node:fs');
  const vm = require('node:vm');
  const ROOT = process.cwd() + '/';
  function newContext() {
    const context = vm.createContext({
      process, console, performance, setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, Buffer, URL,
      TextEncoder, TextDecoder, AbortController, AbortSignal, structuredClone,
    });
    vm.runInContext('globalThis.global = globalThis', context);
    return context;
  }
  function requireIn(context) {
    const modules = new Map();
    const load = (file) => {
      if (modules.has(file)) return modules.get(file).exports;
      const module = { exports: {} };
      modules.set(file, module);
      const code = readFileSync(file, 'utf8');
      if (file.endsWith('.json')) return (module.exports = JSON.parse(code));
      const run = vm.runInContext('(function (module, exports, require, __filename, __dirname) {' + code + '\\n})', context, { filename: file });
      run(module, module.exports, requireFrom(file), file, dirname(file));
      return module.exports;
    };
    const requireFrom = (from) => {
      const native = createRequire(from);
      const require = (name) => {
        const file = native.resolve(name);
        return isAbsolute(file) ? load(file) : native(name);
      };
      return Object.assign(require, { resolve: native.resolve, cache: native.cache });
    };
    return requireFrom(ROOT);
  }
`;

test('a test file in a new context receives nothing of the files before it, which receive nothing more', {
  tags: ['H23'],
}, async () => {
  const program = `
    ${LOADER}
    const received = [];
    const main = require(ROOT + 'dist/cjs/index.js');
    main.attach('ours', 'snakepit.retry.attempt', () => received.push('main'));
    const exporters = [1, 2, 3].map((file) => {
      const context = newContext();
      const require = requireIn(context);
      const firstCopy = require('opentelemetry-instrumentation-snakepit');
      firstCopy.attach('kept', 'snakepit.retry.backoff', () => {});
      requireIn(context)('opentelemetry-instrumentation-snakepit'); // another copy in the same context
      const { attach, execute, listHandlers, SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
      const { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
      const exporter = new InMemoryMetricExporter(1);
      const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
      const meterProvider = new MeterProvider({ readers: [reader] });
      new SnakepitInstrumentation().setMeterProvider(meterProvider);
      attach('ours', 'snakepit.retry.attempt', () => received.push(file));
      received.push(listHandlers().length + ' handlers');
      execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 1 }, { pool: 'p' });
      return { exporter, meterProvider };
    });
    (async () => {
      const counts = [];
      for (const { exporter, meterProvider } of exporters) {
        await meterProvider.forceFlush();
        counts.push(exporter.getMetrics().flatMap((all) => all.scopeMetrics).flatMap((scope) => scope.metrics)
          .find(({ descriptor }) => descriptor.name === 'snakepit.retry.failed_attempts.total')?.dataPoints[0].value);
      }
      console.log(JSON.stringify({ received, counts }));
      process.exit();
    })();
  `;
  const { stdout, stderr } = await runNode(['--eval', program]);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    received: [1, 2, 3].flatMap((file) => ['2 handlers', 'main', file]),
    counts: [1, 1, 1],
  });
});
