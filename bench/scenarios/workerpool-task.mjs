// Measures tasks of workerpool. No other instrumentation of workerpool exists.
import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import { instrumentedCopy } from '../instrumented-copy.mjs';
import { reportTaskCost } from '../task-cost.mjs';

const script = fileURLToPath(new URL('../workerpool-worker.cjs', import.meta.url));
const options = { minWorkers: 1, maxWorkers: 1, workerType: 'thread' };
const plain = workerpool.pool(script, options);
const { library, provider } = instrumentedCopy('workerpool');
const instrumented = library.pool(script, options);
if (instrumented.exec.toString() === plain.exec.toString()) throw new Error('workerpool is not instrumented');

await reportTaskCost(
  'a pool of workerpool',
  {
    plain: (amount) => plain.exec('compute', [{ amount }]),
    byHand: (amount, carrier) => plain.exec('compute', [{ amount, carrier }]),
    instrumented: (amount) => instrumented.exec('compute', [{ amount }]),
  },
  async () => {
    await Promise.all([plain.terminate(), instrumented.terminate()]);
    await provider.shutdown();
  },
);
