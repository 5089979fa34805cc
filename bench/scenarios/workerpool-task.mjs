// Measures a task of workerpool that does nothing, and one that computes for 1 ms, plain and instrumented, with an SDK that records and
// inside of a request. No other instrumentation of workerpool exists.
import { fileURLToPath } from 'node:url';
import { trace } from '@opentelemetry/api';
import workerpool from 'workerpool';
import { amountFor, compareCost, comparePairs, onOneProcessor, report } from '../compare.mjs';
import { instrumentedCopy } from '../instrumented-copy.mjs';

const script = fileURLToPath(new URL('../workerpool-worker.cjs', import.meta.url));
const options = { minWorkers: 1, maxWorkers: 1, workerType: 'thread' };
const plain = workerpool.pool(script, options);
const { library, provider } = instrumentedCopy('workerpool');
const instrumented = library.pool(script, options);
if (instrumented.exec.toString() === plain.exec.toString()) throw new Error('workerpool is not instrumented');

const tracer = trace.getTracer('bench');
/** @returns candidates whose task computes an amount */
const candidates = (amount) => ({
  plain: () => plain.exec('compute', [amount]),
  'span by hand': () =>
    tracer.startActiveSpan('task', (span) => plain.exec('compute', [amount]).always(() => span.end())),
  instrumented: () => instrumented.exec('compute', [amount]),
});
const calls = { plain: 200, 'span by hand': 200, instrumented: 200 };
/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
const inRequest = (work) => tracer.startActiveSpan('request', (span) => work().finally(() => span.end()));
const { elapsed } = await inRequest(() => compareCost(candidates(0), { rounds: 41, calls }));
const amount = await amountFor((each) => plain.exec('compute', [each]), 1e6);
const oneMs = await inRequest(() => onOneProcessor(() => comparePairs(candidates(amount))));
await Promise.all([plain.terminate(), instrumented.terminate()]);
await provider.shutdown();
report([
  {
    title: 'task of a pool of workerpool that does nothing',
    target: 2,
    baseline: 'plain',
    ours: 'instrumented',
    times: elapsed,
  },
  ...['elapsed', 'cpu'].map((kind) => ({
    title: `task of a pool of workerpool that computes for 1 ms: ${kind}`,
    target: 1.01,
    baseline: 'plain',
    ours: 'instrumented',
    times: oneMs[kind],
  })),
]);
