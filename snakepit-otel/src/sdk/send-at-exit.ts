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

/** Bytes of an answer that are read. */
const MAX_ANSWER_BYTES = 4096;

/**
 * Sends requests while this thread is blocked, for use in a listener of `exit`, after which the event loop does not run anymore.
 *
 * @param limitMs time limit, ms; nothing is sent if it is 0
 * @returns for each request, the beginning of the answer if it was accepted
 */
export function sendAtExit(requests: readonly ExitRequest[], limitMs: number): (Uint8Array | undefined)[] {
  if (requests.length === 0 || limitMs <= 0) return requests.map(() => undefined);
  const state = new Int32Array(new SharedArrayBuffer(4 * (requests.length + 1)));
  const answers = requests.map(() => new Uint8Array(new SharedArrayBuffer(MAX_ANSWER_BYTES)));
  try {
    const workerData = { requests, state, answers };
    // Without the arguments and the environment of the process, which may preload code.
    new Worker(SENDER, { eval: true, workerData, execArgv: [], env: {}, stdin: false }).unref();
    Atomics.wait(state, 0, 0, limitMs);
  } catch {
    // A process without another thread: the requests are lost, and counted.
  }
  return answers.map((answer, index) => {
    const length = Atomics.load(state, index + 1);
    return length === 0 ? undefined : Uint8Array.from(answer.subarray(0, length - 1));
  });
}

/**
 * Source of the worker: a bundled program has no file for it. `state[0]` is 1 when all are done; `state[i + 1]` is one more than the bytes
 * of answer `i` if it was accepted.
 */
const SENDER = `
const { workerData: { requests, state, answers } } = require('node:worker_threads');
let open = requests.length;
const done = (index, answer) => {
  if (answer) {
    const bytes = answer.subarray(0, answers[index].length);
    answers[index].set(bytes);
    Atomics.store(state, index + 1, bytes.length + 1);
  }
  if (--open > 0) return;
  Atomics.store(state, 0, 1);
  Atomics.notify(state, 0);
};
const read = (stream) => {
  const chunks = [];
  let length = 0;
  stream.on('data', (chunk) => {
    if (length < answers[0].length) chunks.push(chunk);
    length += chunk.length;
  });
  return () => Buffer.concat(chunks);
};
const sendHttp = ({ url, headers, gzip, tls, body }) => new Promise((resolve) => {
  const { request } = require(url.startsWith('https:') ? 'node:https' : 'node:http');
  const encoding = gzip ? { 'content-encoding': 'gzip' } : {};
  const data = gzip ? require('node:zlib').gzipSync(body) : body;
  const options = { ...tls, method: 'POST', headers: { ...headers, ...encoding, 'content-length': data.length } };
  request(url, options, (response) => {
    const answer = read(response);
    response.once('end', () => resolve(response.statusCode < 300 && answer()));
    response.once('error', () => resolve());
  }).once('error', () => resolve()).end(data);
});
const sendGrpc = ({ url, path, headers, body }) => new Promise((resolve) => {
  const session = require('node:http2').connect(url);
  session.once('error', () => resolve());
  const stream = session.request({
    ...headers, ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers',
  });
  const answer = read(stream);
  const end = (status) => { session.destroy(); resolve(status === '0' && answer().subarray(5)); };
  stream.once('response', (fields) => fields['grpc-status'] !== undefined && end(fields['grpc-status']));
  stream.once('trailers', (fields) => end(fields['grpc-status']));
  stream.once('error', () => end());
  const frame = Buffer.alloc(5 + body.length);
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  stream.end(frame);
});
requests.forEach((each, index) =>
  (each.kind === 'grpc' ? sendGrpc(each) : sendHttp(each)).then((answer) => done(index, answer), () => done(index)));
`;
