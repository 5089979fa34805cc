// Compares a start and a stop event with the span that they make, by hand. In turns with 5,000 other spans open, under one name and id.
import { SpanKind, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { execute, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { publishWireEvent } from 'opentelemetry-instrumentation-snakepit/bridge';
import { compare, report } from '../compare.mjs';

const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
provider.register();
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
const tracer = trace.getTracer('by-hand');

let time = 1_795_695_387_000_000_000;
const ids = (i) => ({ correlation_id: `sp-${i}`, worker_id: 'default_worker_1_690', command: 'predict' });
const kind = SpanKind.CLIENT;

function byHand(i) {
  const { correlation_id: id, worker_id: worker, command } = ids(i);
  const attributes = {
    'snakepit.correlation_id': id,
    'snakepit.worker_id': worker,
    'snakepit.command': command,
  };
  time += 1_000_000;
  const span = tracer.startSpan('snakepit.grpc_worker.execute', {
    kind,
    startTime: [Math.floor(time / 1e9), time % 1e9],
    attributes,
  });
  span.setAttributes({ ...attributes, 'snakepit.status': 'ok' });
  span.end([Math.floor(time / 1e9), time % 1e9]);
}

function byEvents(i) {
  time += 1_000_000;
  execute('snakepit.grpc_worker.execute.start', { system_time: time, monotonic_time: 0 }, ids(i));
  execute(
    'snakepit.grpc_worker.execute.stop',
    { duration: 500_000, monotonic_time: 0, duration_ms: 0, executions: 1 },
    { ...ids(i), status: 'ok' },
  );
}

const lines = (i, correlation, at) => [
  {
    event: 'snakepit.python.work.start',
    measurements: { system_time: at },
    metadata: { worker_id: 'default_worker_1_690', n: i },
    timestamp_ns: at,
    correlation_id: correlation,
    producer: 'a',
  },
  {
    event: 'snakepit.python.work.stop',
    measurements: { duration: 500_000 },
    metadata: { worker_id: 'default_worker_1_690', n: i },
    timestamp_ns: at + 500_000,
    correlation_id: correlation,
    producer: 'a',
  },
];

function byLines(i) {
  time += 1_000_000;
  for (const line of lines(i, `sp-${i}`, time)) publishWireEvent(line);
}

/** Stops that arrive after 5,000 later starts of the same name and id. */
const OPEN = 5000;
const waiting = [];
function amongOthers(i) {
  time += 1_000_000;
  const [start, stop] = lines(i, 'sp-same', time);
  publishWireEvent(start);
  waiting.push(stop);
  if (waiting.length > OPEN) publishWireEvent(waiting.splice((i * 7919) % OPEN, 1)[0]);
}

const times = await compare(
  { 'by hand': byHand, 'start and stop': byEvents, lines: byLines, 'lines, 5,000 open': amongOthers },
  { calls: 2_000, rounds: 51, afterRound: () => provider.forceFlush() },
);
await provider.shutdown();

report([{ title: 'start and stop event', target: 2, baseline: 'by hand', ours: 'start and stop', times }]);
