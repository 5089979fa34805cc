// Compares span() with two attributes to startActiveSpan by hand with the same attributes and error handling.
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';
import { compare, report } from '../compare.mjs';
import { spanByHand } from '../span-by-hand.mjs';

const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
provider.register();
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
const tracer = trace.getTracer('by-hand');

const times = await compare(
  {
    startActiveSpan: (i) =>
      spanByHand(tracer, 'myapp.operation', { 'snakepit.pool': 'default', 'snakepit.user_id': i }, () => i),
    'span()': (i) => span('myapp.operation', { pool: 'default', user_id: i }, () => i),
  },
  { calls: 2_000, rounds: 101, afterRound: () => provider.forceFlush() },
);
await provider.shutdown();

report([
  { title: 'span() with two attributes', target: 1.15, baseline: 'startActiveSpan', ours: 'span()', times },
]);
