// Measures tasks of piscina. No other instrumentation of piscina exists.
import { fileURLToPath } from 'node:url';
import Piscina from 'piscina';
import { instrumentedCopy } from '../instrumented-copy.mjs';
import { reportTaskCost } from '../task-cost.mjs';

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
await reportTaskCost(
  'a pool of threads',
  {
    plain: (amount) => plain.run({ amount }),
    byHand: (amount, carrier) => plain.run({ amount, carrier }),
    instrumented: (amount) => instrumented.run({ amount }),
  },
  async () => {
    await Promise.all([plain.destroy(), instrumented.destroy()]);
    await provider.shutdown();
  },
);
