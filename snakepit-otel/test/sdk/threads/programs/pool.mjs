// Runs tasks in the threads of a pool, and prints their results: node pool.mjs MODE [exit]
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { trace } from '@opentelemetry/api';
import Piscina from 'piscina';

const [atomics, end] = process.argv.slice(2);
const filename = fileURLToPath(new URL('./task.cjs', import.meta.url));
const pool = new Piscina({ filename, name: 'double', minThreads: 2, maxThreads: 2, atomics });
pool.on('error', () => {});

const inRequest = (name, run) =>
  trace.getTracer('host').startActiveSpan(name, (span) => run().finally(() => span.end()));
const outcome = (promise) => promise.catch(({ name }) => name);

const results = await Promise.all(
  ['one', 'two', 'three'].map((name, index) => inRequest(name, () => pool.run(index))),
);
results.push(await inRequest('four', () => outcome(pool.run(0, { name: 'fail' }))));
const controller = new AbortController();
const begun = once(pool, 'message');
const hanging = inRequest('five', () => outcome(pool.run(0, { name: 'hang', signal: controller.signal })));
await begun;
if (end === 'exit') {
  console.log(JSON.stringify(results));
  process.exit(0);
}
controller.abort();
results.push(await hanging);
await pool.destroy();
console.log(JSON.stringify(results));
