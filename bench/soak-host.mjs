// The host of `soak.mjs`: creates load with unbounded tags, and reports the heap and the delay of the event loop once a window.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ConsecutiveBreaker, circuitBreaker, handleAll, retry } from 'cockatiel';
import {
  attach,
  counter,
  detach,
  distribution,
  execute,
  instrumentBreaker,
  lastValue,
  reportPythonError,
  span,
  startSpan,
} from 'opentelemetry-instrumentation-snakepit';
import { startTelemetry } from 'snakepit-otel';

const [, , windowMs] = process.argv.map(Number);
/** Time between bursts of load, ms. */
const TICK_MS = 10;
/** Operations in a burst: 1,000 new values of each tag in a second. */
const BURST = 10;

const options = { description: 'Load', tags: ['tag'] };
const measured = { ...options, measurement: 'value' };
const telemetry = startTelemetry({
  serviceName: 'soak',
  traces: ['otlp'],
  metrics: ['prometheus', 'otlp'],
  logs: ['otlp'],
  handleSignals: false,
  instrumentation: {
    events: {
      'myapp.load.stop': {
        metrics: [
          counter('myapp.load.count', options),
          lastValue('myapp.load.gauge', measured),
          distribution('myapp.load.size', { ...measured, boundaries: [1, 10, 100] }),
        ],
      },
    },
  },
});
await telemetry.ready;

let events = 0;
const failing = new Error('failed');

/**
 * Runs operations with tags that no other one has.
 *
 * @param rare true to include those that are rare in the load
 */
function operation(rare = events % 10 === 0) {
  const id = events++;
  const tag = `value-${id}`;
  execute('myapp.load.stop', { value: id % 1000 }, { tag });
  execute('snakepit.circuit_breaker.call.allowed', {}, { pool: tag, state: 'closed' });
  execute(
    'snakepit.gpu.temperature.sampled',
    { celsius: 50 },
    { device: `cuda:${id}`, uuid: tag, interval_ms: 100 },
  );
  execute('snakepit.python.call.start', {}, { command: tag, request_id: tag });
  if (id % 2) execute('snakepit.python.call.stop', { duration: 1e6 }, { command: tag, request_id: tag });
  span(`myapp.operation.${id % 10}`, { tag, pool: tag }, () => span('myapp.inner', { tag }, () => {}));
  if (!rare) return;
  startSpan('myapp.forgotten', { tag });
  reportPythonError({ type: `Type${id}`, message: `CUDA out of memory ${id}`, traceback: tag });
  attach(tag, 'myapp.load.stop', () => {
    throw failing;
  });
  detach(tag);
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(1) });
  // Pools that end and return. Unbounded names would take minutes to reach the limit: at most 100 pools exist at a time.
  const pool = `pool-${id % 50}`;
  instrumentBreaker(breaker, { pool });
  breaker.execute(() => Promise.reject(failing)).catch(() => {});
  const policy = retry(handleAll, { maxAttempts: 1 });
  instrumentBreaker(policy, { pool });
  policy.execute(() => 1);
}

// Reaches the limits first: 2,000 attribute sets, and 10,000 spans whose end is missing.
for (let i = 0; i < 2500; i++) {
  operation(true);
  for (let j = 0; j < 4; j++)
    execute('snakepit.python.call.start', {}, { command: 'lost', request_id: `${i}-${j}` });
  if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}

const load = setInterval(() => {
  for (let i = 0; i < BURST; i++) operation();
}, TICK_MS);

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const report = setInterval(() => {
  const p99Ms = delay.percentile(99) / 1e6;
  gc();
  process.send({ heapMb: process.memoryUsage().heapUsed / 1e6, p99Ms, events });
  delay.reset();
}, windowMs);
process.send('ready');

process.once('disconnect', async () => {
  clearInterval(load);
  clearInterval(report);
  await telemetry.shutdown();
});
