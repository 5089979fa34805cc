// Measures a task of piscina that does nothing, plain and instrumented, with an SDK that records and inside of a request.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import Piscina from 'piscina';
import { compareCost, report } from '../compare.mjs';

const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
provider.register();

// A second copy of the library, so that the first one stays as it is.
const require = createRequire(import.meta.url);
for (const file of Object.keys(require.cache)) if (file.includes('/piscina/')) delete require.cache[file];
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
const Instrumented = require('piscina');
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
const byHand = () => tracer.startActiveSpan('task', (span) => plain.run(1).finally(() => span.end()));
const calls = { plain: 200, 'span by hand': 200, instrumented: 200 };
const { elapsed } = await tracer.startActiveSpan('request', (span) =>
  compareCost(
    { plain: () => plain.run(1), 'span by hand': byHand, instrumented: () => instrumented.run(1) },
    { rounds: 41, calls },
  ).finally(() => span.end()),
);
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
]);
