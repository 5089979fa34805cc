// Compares the counter and the span without an SDK with the API by hand and with unobserved ones: the cost of instrumented code in a process without telemetry.
import { metrics, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { execute, SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';
import { compare, report } from '../compare.mjs';
import { spanByHand } from '../span-by-hand.mjs';
import { compareWithUnobserved } from '../unobserved.mjs';

const instrumentation = new SnakepitInstrumentation();
registerInstrumentations({ instrumentations: [instrumentation] });
const byHand = metrics.getMeter('by-hand').createCounter('calls.allowed');
const tracer = trace.getTracer('by-hand');
const pools = ['default', 'vision', 'text', 'audio'];

const counters = await compare(
  {
    'counter.add': (i) => byHand.add(1, { pool: pools[i & 3] }),
    execute: (i) =>
      execute('snakepit.circuit_breaker.call.allowed', {}, { pool: pools[i & 3], state: 'closed' }),
  },
  { calls: 1_000_000 },
);
const spans = await compare(
  {
    startActiveSpan: (i) =>
      spanByHand(tracer, 'myapp.operation', { 'snakepit.pool': 'default', 'snakepit.user_id': i }, () => i),
    'span()': (i) => span('myapp.operation', { pool: 'default', user_id: i }, () => i),
  },
  { calls: 200_000 },
);

instrumentation.disable();

report([
  ...(await compareWithUnobserved('registered without an SDK', {
    enter: () => instrumentation.enable(),
    leave: () => instrumentation.disable(),
  })),
  {
    title: 'event that feeds one counter, no SDK',
    target: 1.25,
    baseline: 'counter.add',
    ours: 'execute',
    times: counters,
  },
  {
    title: 'span() with two attributes, no SDK',
    target: 1.25,
    baseline: 'startActiveSpan',
    ours: 'span()',
    times: spans,
  },
]);
