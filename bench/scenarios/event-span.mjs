// Compares a start and a stop event with the span that they make, by hand. Each span has a correlation id of its own.
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
let events = 0;
const ids = () => ({
  correlation_id: `sp-${events++}`,
  worker_id: 'default_worker_1_690',
  command: 'predict',
});
const kind = SpanKind.CLIENT;

function byHand() {
  const { correlation_id: id, worker_id: worker, command } = ids();
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

function byEvents() {
  const shared = ids();
  time += 1_000_000;
  execute('snakepit.grpc_worker.execute.start', { system_time: time, monotonic_time: 0 }, { ...shared });
  execute(
    'snakepit.grpc_worker.execute.stop',
    { duration: 500_000, monotonic_time: 0, duration_ms: 0, executions: 1 },
    { ...shared, status: 'ok' },
  );
}

const lines = (i, correlation, at) => {
  const metadata = { worker_id: 'default_worker_1_690', n: i };
  const common = { metadata, correlation_id: correlation, producer: 'a' };
  const measured = { start: { system_time: at }, stop: { duration: 500_000 } };
  return [
    { ...common, event: 'snakepit.python.work.start', measurements: measured.start, timestamp_ns: at },
    {
      ...common,
      event: 'snakepit.python.work.stop',
      measurements: measured.stop,
      timestamp_ns: at + 500_000,
    },
  ];
};

/** Stops that arrive after 5,000 later starts of the same name and id. */
const OPEN = 5000;
const waiting = [];
function amongOthers(i) {
  time += 1_000_000;
  const [start, stop] = lines(i, 'sp-same', time);
  publishWireEvent(start);
  waiting.push(stop);
  if (waiting.length <= OPEN) return;
  const index = (i * 7919) % OPEN;
  publishWireEvent(waiting[index]);
  waiting[index] = waiting.pop();
}

const times = await compare(
  { 'by hand': byHand, 'start and stop': byEvents, 'lines, 5,000 open under one id': amongOthers },
  { calls: 2_000, rounds: 51, afterRound: () => provider.forceFlush() },
);
await provider.shutdown();

report([{ title: 'start and stop event', target: 2, baseline: 'by hand', ours: 'start and stop', times }]);
