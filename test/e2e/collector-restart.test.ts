// Restarts the Collector while a service exports: no data is lost and the service is not delayed.
import type { ChildProcess } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { collectorProgram, environmentOf } from '../../scripts/backends/backends.mjs';
import { startProgram, stopProgram } from '../../scripts/backends/program.mjs';
import { eventually, runningBackends, tag } from '../helpers/backends.js';
import { runModule } from '../helpers/child.js';

const { programs, folder, backends, traces, query } = await runningBackends();
/** Spans recorded during the outage: two seconds, in which several exports fail. */
const RECORDED_IN_OUTAGE = 200;

/** Returns the numbers of the spans that Jaeger has received, sorted. */
const received = async () =>
  (await traces('steady', 100_000))
    .flatMap(({ spans }) => spans)
    .map((span) => Number(tag(span, 'snakepit.number')))
    .sort((a, b) => a - b);

test('delivers everything recorded while the Collector was down', async () => {
  if (backends === undefined) return;
  let child: ChildProcess | undefined;
  let output = '';
  const recordedSoFar = () => Number(output.trimEnd().split('\n').at(-1));
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
     let recorded = 0;
     let ended = false;
     process.stdin.resume().once('end', () => { ended = true; });
     while (!ended) {
       recorded += 1;
       await span('steady.work', { number: recorded }, async () => execute('snakepit.hardware.cache.hit', {}, {}));
       if (recorded % 50 === 0) console.log(recorded);
       await sleep(10);
     }
     delay.disable();
     await telemetry.shutdown();
     console.log(JSON.stringify({ recorded, longestDelayMs: delay.max / 1e6 }));`,
    {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: environmentOf(backends).OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_BSP_SCHEDULE_DELAY: '500',
        // The Collector starts slowly on a machine under load.
        OTEL_EXPORTER_OTLP_TIMEOUT: '30000',
      },
      onOutput: (text, service) => {
        output = text;
        child = service;
      },
    },
  );

  await vi.waitUntil(async () => (await received()).length, eventually);
  const collector = backends.programs.findIndex(({ name }) => name === 'collector');
  const [first] = backends.programs.slice(collector, collector + 1);
  if (first === undefined) throw new Error('The Collector is not among the backends');
  await stopProgram(first);
  const stoppedAt = performance.now();
  const recordedBefore = recordedSoFar();
  await vi.waitUntil(() => recordedSoFar() >= recordedBefore + RECORDED_IN_OUTAGE, eventually);
  const outageMs = performance.now() - stoppedAt;
  backends.programs[collector] = await startProgram(
    collectorProgram(programs.collector, backends.ports, folder),
  );

  const recordedAtRestart = recordedSoFar();
  await vi.waitFor(
    async () => expect((await received()).at(-1)).toBeGreaterThan(recordedAtRestart),
    eventually,
  );
  child?.stdin?.end();

  const { stdout, stderr, code } = await service;
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const { recorded, longestDelayMs } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  // The outage did not block the service.
  expect(longestDelayMs).toBeLessThan(outageMs);

  await vi.waitFor(async () => {
    expect(await received()).toEqual(Array.from({ length: recorded }, (_, i) => i + 1));
    const [hits] = await query('snakepit_hardware_cache_hits_total{job="steady"}');
    expect(hits?.value).toBe(recorded);
  }, eventually);
});
