// Measures a task of piscina that does nothing, and one that computes for 1 ms, plain and instrumented, with an SDK that records and
// inside of a request. No other instrumentation of piscina exists.
import { fileURLToPath } from 'node:url';
import { trace } from '@opentelemetry/api';
import Piscina from 'piscina';
import { amountFor, compareCost, comparePairs, onOneProcessor, report } from '../compare.mjs';
import { instrumentedCopy } from '../instrumented-copy.mjs';

const { library: Instrumented, provider } = instrumentedCopy('piscina');
if (Instrumented.prototype.run.toString() === Piscina.prototype.run.toString())
  throw new Error('piscina is not instrumented');

const options = {
  filename: fileURLToPath(new URL('../piscina-worker.cjs', import.meta.url)),
  minThreads: 1,
  maxThreads: 1,
};
const plain = new Piscina(options);
const instrumented = new Instrumented(options);
const tracer = trace.getTracer('bench');
/** @returns candidates whose task computes an amount */
const candidates = (amount) => ({
  plain: () => plain.run(amount),
  'span by hand': () => tracer.startActiveSpan('task', (span) => plain.run(amount).finally(() => span.end())),
  instrumented: () => instrumented.run(amount),
});
const calls = { plain: 200, 'span by hand': 200, instrumented: 200 };
/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
const inRequest = (work) => tracer.startActiveSpan('request', (span) => work().finally(() => span.end()));
const { elapsed } = await inRequest(() => compareCost(candidates(0), { rounds: 41, calls }));
const amount = await amountFor((each) => plain.run(each), 1e6);
const oneMs = await inRequest(() => onOneProcessor(() => comparePairs(candidates(amount))));
await Promise.all([plain.destroy(), instrumented.destroy()]);
await provider.shutdown();
report([
  {
    title: 'task of a pool of threads that does nothing',
    target: 2,
    baseline: 'plain',
    ours: 'instrumented',
    times: elapsed,
  },
  ...['elapsed', 'cpu'].map((kind) => ({
    title: `task of a pool of threads that computes for 1 ms: ${kind}`,
    target: 1.01,
    baseline: 'plain',
    ours: 'instrumented',
    times: oneMs[kind],
  })),
]);
