// A worker of `worker-stream.mjs`: a gRPC server that sends events like the recorded ones to whoever opens its stream.
//   node bench/worker-server.mjs <port> <events>
// Sends as many again for each message of its parent.
import { readFileSync } from 'node:fs';
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';

const [port, count] = process.argv.slice(2).map(Number);
const RECORDED = new URL(
  '../test/fixtures/snakepit-recordings/02-forms-nested-parallel.ndjson',
  import.meta.url,
);
const events = readFileSync(RECORDED, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))
  // Starts and stops of spans. The others try each form of a value, and names that are refused.
  .filter(
    ({ kind, json }) =>
      kind === 'event' && /^[a-z]+(\.[a-z]+)*\.(start|stop)$/.test(json.event_parts.join('.')),
  )
  .map(({ hex }) => Buffer.from(hex, 'hex'));

const asBuffer = (bytes) => bytes;
const server = new Server();
server.addService(
  {
    StreamTelemetry: {
      path: '/snakepit.bridge.BridgeService/StreamTelemetry',
      requestStream: true,
      responseStream: true,
      requestSerialize: asBuffer,
      requestDeserialize: asBuffer,
      responseSerialize: asBuffer,
      responseDeserialize: asBuffer,
    },
  },
  {
    StreamTelemetry: (stream) => {
      stream.on('data', () => {});
      stream.on('error', () => {});
      stream.sendMetadata(new Metadata());
      const send = async () => {
        for (let i = 0; i < count; i++)
          if (!stream.write(events[i % events.length]))
            await new Promise((resolve) => stream.once('drain', resolve));
      };
      process.on('message', send);
      void send();
    },
  },
);
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
