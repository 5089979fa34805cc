// Creates a thread that creates another one, or one that ends many spans while the main thread is blocked: node threads.mjs [SPANS]
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { span } from 'opentelemetry-instrumentation-snakepit';

const ended = (thread) => new Promise((done) => thread.once('exit', done));
const spans = Number(process.argv[2] ?? 0);
const file = new URL(import.meta.url);
if (isMainThread) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(file, { argv: process.argv.slice(2), workerData: { gate, depth: 1 } });
  const end = ended(thread);
  if (spans > 0) Atomics.wait(gate, 0, 0);
  await end;
} else {
  const { gate, depth } = workerData;
  span(`thread.${depth}`, {}, () => {});
  if (depth === 1 && spans === 0) await ended(new Worker(file, { workerData: { gate, depth: 2 } }));
  for (let i = 1; i < spans; i++) span('thread.many', {}, () => {});
  await null;
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}
