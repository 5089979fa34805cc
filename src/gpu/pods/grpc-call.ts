import { connect } from 'node:net';

/** A message without fields: the flag for compression and the length of 4 bytes, all zero. */
const EMPTY_MESSAGE = Buffer.alloc(5);
/** Flag and length before each message. */
const PREFIX_BYTES = 5;
const OK = '0';
const NAMES: Readonly<Record<string, string>> = {
  '4': 'DEADLINE_EXCEEDED',
  '7': 'PERMISSION_DENIED',
  '8': 'RESOURCE_EXHAUSTED',
  '12': 'UNIMPLEMENTED',
  '13': 'INTERNAL',
  '14': 'UNAVAILABLE',
};

/**
 * Calls a gRPC method without parameters over a Unix socket, and returns the message of the answer. The connection never keeps the
 * process alive. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 *
 * @param path `/package.Service/Method`
 * @param maxBytes answers that are longer are rejected
 * @param signal ends the call
 * @throws (as a rejection) if there is no answer, or an error
 */
export async function grpcCall(
  socketPath: string,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  // Imported on use: most processes do not run beside a kubelet.
  const http2 = await import('node:http2');
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath).unref();
    const session = http2.connect('http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false },
    });
    session.unref();
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      settle();
      session.destroy();
      socket.destroy();
    };
    const fail = (error: unknown) => end(() => reject(error));
    const onAbort = () => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    session.on('error', fail);
    session.on('close', () => fail(new Error('the connection was closed')));

    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let status: unknown;
    let detail: unknown;
    const readStatus = (headers: Readonly<Record<string, unknown>>): void => {
      status = headers['grpc-status'] ?? status;
      detail = headers['grpc-message'] ?? detail;
    };
    stream.on('error', fail);
    stream.on('response', readStatus);
    stream.on('trailers', readStatus);
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes + PREFIX_BYTES) fail(new Error(`the answer is longer than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    stream.on('close', () => {
      if (String(status) !== OK) fail(statusError(status, detail));
      else end(() => settleWithMessage(Buffer.concat(chunks), resolve, reject));
    });
    stream.end(EMPTY_MESSAGE);
  });
}

function settleWithMessage(
  answer: Buffer,
  resolve: (message: Buffer) => void,
  reject: (error: Error) => void,
): void {
  if (
    answer.length < PREFIX_BYTES ||
    answer[0] !== 0 ||
    answer.readUInt32BE(1) !== answer.length - PREFIX_BYTES
  )
    reject(new Error('the answer is not one uncompressed message'));
  else resolve(answer.subarray(PREFIX_BYTES));
}

function statusError(status: unknown, detail: unknown): Error {
  if (status === undefined) return new Error('the answer has no status');
  return new Error(`gRPC status ${NAMES[String(status)] ?? status}${detail ? `: ${detail}` : ''}`);
}
