// Compares the mapping and publication of an event of another process with JSON.parse of its line. The lines are those of one call
// through a pool of Snakepit.
import { subscribe } from 'node:diagnostics_channel';
import { publishWireEvent } from 'opentelemetry-instrumentation-snakepit/bridge';
import { compare, report } from '../compare.mjs';

const WORKER = 'default_worker_1_690';
const POOL = 'Elixir.Snakepit.Pool';
const correlation_id = 'sp-df770adf823fd9f33829f5b4';
const time = 1_795_695_387_655_412_000;

const rpc = {
  adapter: 'Snakepit.Adapters.GRPCPython',
  adapter_module: 'Elixir.Snakepit.Adapters.GRPCPython',
  command: 'telemetry_demo',
  correlation_id,
  operation: 'execute',
  pool: POOL,
  rpc_system: 'grpc',
  session_id: 'session_4_1795695385848930',
  span_kind: 'client',
  telemetry_source: 'snakepit_grpc_worker',
  telemetry_span_context: '#Reference<0.3342898614.790102018.235658>',
  timeout_ms: 298_800,
  worker_id: WORKER,
  worker_pid: '#PID<0.290.0>',
};
const python = {
  correlation_id,
  node: 'nonode@nohost',
  operation: 't0',
  pool_name: POOL,
  python_pid: 10_627,
  timestamp_ns: time,
  tool: 'telemetry_demo',
  worker_id: WORKER,
};
const ping = {
  dependent: true,
  missed_heartbeats: 0,
  worker_id: WORKER,
  worker_pid: '#PID<0.269.0>',
};

const events = [
  [
    'snakepit.pool.call.dispatched',
    { system_time: time },
    { command: 'telemetry_demo', pool: 'default', queued: false, worker_id: WORKER },
  ],
  ['snakepit.grpc_worker.execute.start', { monotonic_time: -576_460_744_621, system_time: time }, rpc],
  ['snakepit.python.tool.execution.start', { system_time: time }, python],
  ['snakepit.python.tool.execution.stop', { duration: 104_322_905 }, python],
  [
    'snakepit.grpc_worker.execute.stop',
    { duration: 168_662_902, duration_ms: 155, executions: 1, monotonic_time: -576_460_744_452 },
    { ...rpc, status: 'ok' },
  ],
  [
    'snakepit.request.executed',
    { duration_us: 186_954 },
    { command: 'telemetry_demo', pool: 'default', success: true, worker_id: WORKER },
  ],
  ['snakepit.heartbeat.ping_sent', { count: 1, pings: 1, timestamp: -576_460_744_624 }, ping],
  ['inference.stop', { duration: 1_000_000 }, { model: 'resnet50', batch: 8 }],
];
const lines = events.map(([event, measurements, metadata], seq) =>
  JSON.stringify({ event, measurements, metadata, timestamp_ns: time, producer: '3362b63669f0', seq }),
);
for (const [event] of events)
  subscribe(event.startsWith('snakepit.') ? event : `snakepit.python.${event}`, () => {});

// Parsed anew for each call in a real stream; here the same objects, so that only the mapping is measured.
const parsed = lines.map((line) => JSON.parse(line));
const times = await compare({
  'JSON.parse': (i) => JSON.parse(lines[i & 7]),
  publishWireEvent: (i) => publishWireEvent(parsed[i & 7]),
  'JSON.parse and publishWireEvent': (i) => publishWireEvent(JSON.parse(lines[i & 7])),
});

report([
  {
    title: 'event of another process, mapped and published',
    target: 1,
    baseline: 'JSON.parse',
    ours: 'publishWireEvent',
    times,
  },
]);
