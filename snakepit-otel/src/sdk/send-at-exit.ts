import { Worker } from 'node:worker_threads';

/** A request that a worker thread sends while the process exits. */
export type ExitRequest =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly gzip: boolean;
      readonly tls: Readonly<Record<string, unknown>>;
      readonly body: Uint8Array;
    }
  | {
      readonly kind: 'grpc';
      readonly url: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, readonly string[]>>;
      readonly body: Uint8Array;
    };

/**
 * Sends requests while this thread is blocked, for use in a listener of `exit`, after which the event loop does not run anymore.
 *
 * @param limitMs time limit, ms; nothing is sent if it is 0
 * @returns for each request, true if it was accepted
 */
export function sendAtExit(requests: readonly ExitRequest[], limitMs: number): boolean[] {
  if (requests.length === 0 || limitMs <= 0) return requests.map(() => false);
  const state = new Int32Array(new SharedArrayBuffer(4 * (requests.length + 1)));
  try {
    const workerData = { requests, state };
    // Without the arguments and the environment of the process, which may preload code.
    new Worker(SENDER, { eval: true, workerData, execArgv: [], env: {}, stdin: false }).unref();
    Atomics.wait(state, 0, 0, limitMs);
  } catch {
    // A process without another thread: the requests are lost, and counted.
  }
  return requests.map((_, index) => Atomics.load(state, index + 1) === 1);
}

/** Source of the worker: a bundled program has no file for it. `state[0]` is 1 when all are done, `state[i + 1]` if `i` was accepted. */
const SENDER = `
const { workerData: { requests, state } } = require('node:worker_threads');
let open = requests.length;
const done = (index, accepted) => {
  if (accepted) Atomics.store(state, index + 1, 1);
  if (--open > 0) return;
  Atomics.store(state, 0, 1);
  Atomics.notify(state, 0);
};
const sendHttp = ({ url, headers, gzip, tls, body }) => new Promise((resolve) => {
  const { request } = require(url.startsWith('https:') ? 'node:https' : 'node:http');
  const encoding = gzip ? { 'content-encoding': 'gzip' } : {};
  const data = gzip ? require('node:zlib').gzipSync(body) : body;
  const options = { ...tls, method: 'POST', headers: { ...headers, ...encoding, 'content-length': data.length } };
  request(url, options, (response) => {
    response.resume();
    response.once('end', () => resolve(response.statusCode < 300));
    response.once('error', () => resolve(false));
  }).once('error', () => resolve(false)).end(data);
});
const sendGrpc = ({ url, path, headers, body }) => new Promise((resolve) => {
  const session = require('node:http2').connect(url);
  session.once('error', () => resolve(false));
  const stream = session.request({
    ...headers, ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers',
  });
  const end = (status) => { session.destroy(); resolve(status === '0'); };
  stream.once('response', (fields) => fields['grpc-status'] !== undefined && end(fields['grpc-status']));
  stream.once('trailers', (fields) => end(fields['grpc-status']));
  stream.once('error', () => end());
  stream.resume();
  const frame = Buffer.alloc(5 + body.length);
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  stream.end(frame);
});
requests.forEach((each, index) =>
  (each.kind === 'grpc' ? sendGrpc(each) : sendHttp(each)).then((ok) => done(index, ok), () => done(index, false)));
`;
