// The calls between a host and Snakepit's Python workers: https://github.com/nshkrdotcom/snakepit/blob/main/priv/proto/snakepit_bridge.proto
import { promisify } from 'node:util';
import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';

const path = (method) => `/snakepit.bridge.BridgeService/${method}`;
const asBytes = (bytes) => bytes;
/** Calls of a worker to its host, and `success: true`, the answer. */
const METHODS = ['Ping', 'InitializeSession', 'RegisterTools', 'Heartbeat'];
const SUCCESS = Buffer.of(8, 1);

/** Answers the calls of workers, as Elixir does. */
export async function startHost() {
  const server = new Server();
  const coders = {
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  };
  server.addService(
    Object.fromEntries(METHODS.map((method) => [method, { path: path(method), ...coders }])),
    Object.fromEntries(METHODS.map((method) => [method, (_call, answer) => answer(null, SUCCESS)])),
  );
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind('127.0.0.1:0', ServerCredentials.createInsecure());
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

/** Waits until a worker runs. */
export async function connect(address) {
  const client = new Client(address, credentials.createInsecure());
  await promisify(client.waitForReady.bind(client))(Date.now() + 60_000);
  return client;
}

/** Calls a tool. Resolves with the bytes of an `ExecuteToolResponse`. */
export function executeTool(client, tool, headers) {
  const text = (field, value) => [Buffer.of(8 * field + 2, value.length), Buffer.from(value)];
  const request = Buffer.concat([...text(1, 'session'), ...text(2, tool)]);
  const call = promisify(client.makeUnaryRequest.bind(client));
  return call(path('ExecuteTool'), asBytes, asBytes, request, Metadata.fromHttp2Headers(headers));
}
