// The Collector is restarted while a service produces: nothing is missing afterwards, and the service did not notice.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { collectorProgram, environmentOf } from '../../scripts/backends/backends.mjs';
import { startProgram, stopProgram } from '../../scripts/backends/program.mjs';
import { eventually, runningBackends, tag } from '../helpers/backends.js';
import { runModule } from '../helpers/child.js';

const { programs, folder, backends, traces, query } = await runningBackends();
const AWAY_MS = 3000;

/** The numbers of the spans that have arrived. */
const arrived = async () =>
  (await traces('steady', 100_000))
    .flatMap(({ spans }) => spans)
    .map((span) => Number(tag(span, 'snakepit.number')))
    .sort((a, b) => a - b);

test('nothing produced while the Collector was away is missing', async () => {
  if (backends === undefined) return;
  let child: ChildProcess | undefined;
  const service = runModule(
    `import { monitorEventLoopDelay } from 'node:perf_hooks';
     import { setTimeout as sleep } from 'node:timers/promises';
     import { execute, span } from 'opentelemetry-instrumentation-snakepit';
     import { startTelemetry } from 'snakepit-otel';
     const telemetry = startTelemetry({
       serviceName: 'steady', traces: ['otlp'], metrics: ['otlp'], logs: ['none'], metricExportIntervalMs: 500,
     });
     await telemetry.ready;
     const delay = monitorEventLoopDelay({ resolution: 10 });
     delay.enable();
     let produced = 0;
     let ended = false;
     process.stdin.resume().once('end', () => { ended = true; });
     console.log('producing');
     while (!ended) {
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
        // A Collector is slow to start on a machine under load.
        OTEL_EXPORTER_OTLP_TIMEOUT: '30000',
      },
      onOutput: (_output, service) => {
        child = service;
      },
    },
  );

  const before = await vi.waitUntil(async () => (await arrived()).length, eventually);
  const collector = backends.programs.findIndex(({ name }) => name === 'collector');
  const [first] = backends.programs.slice(collector, collector + 1);
  if (first === undefined) throw new Error('no Collector');
  await stopProgram(first);
  await sleep(AWAY_MS);
  backends.programs[collector] = await startProgram(
    collectorProgram(programs.collector, backends.ports, folder),
  );

  await vi.waitFor(async () => expect((await arrived()).length).toBeGreaterThan(before), eventually);
  child?.stdin?.end();

  const { stdout, stderr, code } = await service;
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const { produced, longestDelayMs } = JSON.parse(stdout.split('\n')[1] ?? '');
  // It was not held up for the Collector's absence.
  expect(longestDelayMs).toBeLessThan(AWAY_MS);

  await vi.waitFor(async () => {
    expect(await arrived()).toEqual(Array.from({ length: produced }, (_, i) => i + 1));
    const [hits] = await query('snakepit_hardware_cache_hits_total{job="steady"}');
    expect(hits?.value).toBe(produced);
  }, eventually);
});
