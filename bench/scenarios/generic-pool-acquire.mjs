// Measures a request for an object of generic-pool that is returned at once, and one that is used for 1 ms, inside of a request: plain,
// instrumented, and with OpenTelemetry's own instrumentation, which has spans and no metrics.
import { createRequire } from 'node:module';
import { metrics, trace } from '@opentelemetry/api';
import { GenericPoolInstrumentation } from '@opentelemetry/instrumentation-generic-pool';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { amountFor, comparePairs, LONG_ROUNDS, onOneProcessor, report } from '../compare.mjs';
import { copyOf, instrumentedCopy } from '../instrumented-copy.mjs';

const NAME = 'generic-pool';
const compute = createRequire(import.meta.url)('../piscina-worker.cjs');

class Reader extends MetricReader {
  onForceFlush() {}
  onShutdown() {}
}
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new Reader()] }));

const plain = copyOf(NAME);
const contrib = copyOf(NAME);
new GenericPoolInstrumentation({ enabled: false }).init()[0].patch(contrib);
const { library: instrumented, provider } = instrumentedCopy(NAME, {
  instrumentations: { genericPool: { enabled: true } },
});
const copies = { plain, "OpenTelemetry's own": contrib, instrumented };
const methods = Object.values(copies).map(({ Pool }) => Pool.prototype.acquire.toString());
if (new Set(methods).size < 3) throw new Error('generic-pool is not instrumented');

const factory = { create: async () => ({}), destroy: async () => {} };
/** Borrows an object, computes an amount, and returns the object. */
const candidateOf = (pool, amount) => async () => {
  const object = await pool.acquire();
  compute({ amount });
  await pool.release(object);
};
const pools = Object.entries(copies).map(([name, { createPool }]) => [name, createPool(factory, { max: 1 })]);
const candidates = (amount) =>
  Object.fromEntries(pools.map(([name, pool]) => [name, candidateOf(pool, amount)]));
const inRequest = (work) =>
  trace.getTracer('bench').startActiveSpan('request', (span) => work().finally(() => span.end()));
const [nothing, oneMs] = await onOneProcessor(async () => {
  const amount = await amountFor((amount) => compute({ amount }), 1e6);
  return [
    await inRequest(() => comparePairs(candidates(0), { calls: 1000 })),
    await inRequest(() => comparePairs(candidates(amount), LONG_ROUNDS)),
  ];
});
await provider.shutdown();
const rows = (title, target, { elapsed, cpu }) =>
  Object.entries({ elapsed, 'processor time': cpu }).map(([kind, times]) => ({
    title: `request for an object of generic-pool that is ${title}: ${kind}`,
    target,
    baseline: 'plain',
    ours: 'instrumented',
    times,
  }));
report([...rows('returned at once', 2, nothing), ...rows('used for 1 ms', 1.01, oneMs)]);
