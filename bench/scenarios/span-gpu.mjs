// Compares span() with GPU usage while 2,000 such spans are open with the same while 10 are.
import { EventEmitter, once } from 'node:events';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';
import { quantile, report } from '../compare.mjs';

const CALLS = 500;
const ROUNDS = 21;
const FEW = 10;
/** One less than the limit: the span that is measured is the last one that fits. */
const MANY = 1999;

const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
provider.register();
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });

/** Measures the time per call while `count` other spans are open, ns. */
async function timeWith(count) {
  const events = new EventEmitter().setMaxListeners(0);
  const closed = once(events, 'close');
  const open = Array.from({ length: count }, () => span('open', {}, () => closed, { gpu: 'cuda:0' }));
  const begin = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) span('myapp.step', { i }, () => i, { gpu: 'cuda:0' });
  const perCall = Number(process.hrtime.bigint() - begin) / CALLS;
  events.emit('close');
  await Promise.all(open);
  await provider.forceFlush();
  return perCall;
}

const few = [];
const many = [];
for (let round = -3; round < ROUNDS; round++) {
  const times = [await timeWith(FEW), await timeWith(MANY)];
  if (round < 0) continue; // the first rounds warm up
  few.push(times[0]);
  many.push(times[1]);
}
await provider.shutdown();

report([
  {
    title: 'span() with GPU usage while others are open',
    target: 3,
    baseline: '10 open',
    ours: '2000 open',
    times: { '10 open': quantile(few, 0.5), '2000 open': quantile(many, 0.5) },
  },
]);
