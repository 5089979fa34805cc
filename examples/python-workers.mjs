// Starts Python workers with the interface of Snakepit's, calls a tool of each, and prints the spans of both sides.
//   python3 -m pip install grpcio
//   node examples/python-workers.mjs [grpc_server.py of Snakepit, and its options]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { attach, span } from 'opentelemetry-instrumentation-snakepit';
import { workerContext } from 'opentelemetry-instrumentation-snakepit/bridge';
import { startTelemetry } from 'snakepit-otel';
import { connect, executeTool, startHost } from './python-workers/grpc.mjs';

const ports = (process.env.WORKER_PORTS ?? '50061,50062').split(',');
const [script = 'examples/python-workers/worker.py', ...options] = process.argv.slice(2);

const host = await startHost();
const processes = ports.map((port) =>
  spawn('python3', [script, '--port', port, '--elixir-address', host.address, ...options], {
    stdio: 'inherit',
  }),
);
const clients = await Promise.all(ports.map((port) => connect(`127.0.0.1:${port}`)));
const workers = ports.map((port) => ({ address: `127.0.0.1:${port}`, pool: 'default', exclusive: true }));
const telemetry = startTelemetry({ traces: ['console'], metrics: [], logs: [], inputs: { workers } });

let stops = 0;
const allStopped = new Promise((resolve) => {
  attach('stops', 'snakepit.python.tool.execution.stop', () => ++stops === workers.length && resolve());
});
for (const client of clients) {
  await span('gateway.request', { tool: 'telemetry_demo' }, () =>
    executeTool(client, 'telemetry_demo', workerContext().metadata),
  );
}
await allStopped; // Events come on a stream of their own.

for (const client of clients) client.close();
await telemetry.shutdown(); // It reads the events of the workers until then.
for (const worker of processes) worker.kill();
await Promise.all(processes.map((worker) => once(worker, 'exit')));
host.stop();
