// The Collector is restarted while a service produces: nothing is missing afterwards, and the service did not notice.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { collectorProgram, environmentOf } from '../../scripts/backends/backends.mjs';
import { startProgram, stopProgram } from '../../scripts/backends/program.mjs';
import { runModule } from '../support/child.js';
import { runningBackends, tag } from './support/backends.js';

const { programs, folder, backends, traces, query } = await runningBackends();
const AWAY_MS = 3000;

test('nothing produced while the Collector was away is missing', { timeout: 90_000 }, async () => {
  if (backends === undefined) return;
  const service = runModule(
    `import { monitorEventLoopDelay } from 'node:perf_hooks';
     import { setTimeout as sleep } from 'node:timers/promises';
     import { execute, span } from 'opentelemetry-instrumentation-snakepit';
     import { startTelemetry } from 'opentelemetry-instrumentation-snakepit/sdk';
     const telemetry = startTelemetry({
       serviceName: 'steady', traces: ['otlp'], metrics: ['otlp'], logs: ['none'], metricExportIntervalMs: 500,
     });
     await telemetry.ready;
     const delay = monitorEventLoopDelay({ resolution: 10 });
     delay.enable();
     const until = Date.now() + 10_000;
     let produced = 0;
     while (Date.now() < until) {
       produced += 1;
       await span('steady.work', { number: produced }, async () => execute('snakepit.hardware.cache.hit', {}, {}));
       await sleep(10);
     }
     delay.disable();
     await telemetry.shutdown();
     console.log(JSON.stringify({ produced, longestDelayMs: delay.max / 1e6 }));`,
    {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: environmentOf(backends).OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_BSP_SCHEDULE_DELAY: '500',
      },
    },
  );

  await sleep(3000);
  const collector = backends.programs.findIndex(({ name }) => name === 'collector');
  const [first] = backends.programs.slice(collector, collector + 1);
  if (first === undefined) throw new Error('no Collector');
  await stopProgram(first);
  await sleep(AWAY_MS);
  backends.programs[collector] = await startProgram(
    collectorProgram(programs.collector, backends.ports, folder),
  );

  const { stdout, stderr, code } = await service;
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const { produced, longestDelayMs } = JSON.parse(stdout);
  expect(produced).toBeGreaterThan(300);
  // It slept 10 ms at a time; being held up for the Collector's absence would show as seconds.
  expect(longestDelayMs).toBeLessThan(1000);

  await vi.waitFor(
    async () => {
      const spans = (await traces('steady')).flatMap((trace) => trace.spans);
      const numbers = spans.map((span) => Number(tag(span, 'snakepit.number'))).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: produced }, (_, i) => i + 1));
      const [hits] = await query('snakepit_hardware_cache_hits_total{job="steady"}');
      expect(hits?.value).toBe(produced);
    },
    { timeout: 20_000, interval: 500 },
  );
});
