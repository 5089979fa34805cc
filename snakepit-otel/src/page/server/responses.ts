import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
/** Bytes from which on an answer is compressed. */
const MIN_COMPRESSED = 16 * 1024;
/** Time for a client to read an answer, ms. */
const READ_LIMIT_MS = 30_000;

/** Headers of every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Headers of answers that change. */
export const NO_STORE: Readonly<Record<string, string>> = { 'cache-control': 'no-store' };

export const acceptsGzip = ({ headers }: IncomingMessage): boolean =>
  /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?(?:[\s,]|$))/i.test(String(headers['accept-encoding'] ?? ''));

/** Sends an answer, compressed if the client accepts that and it is large. */
export async function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  let body = Buffer.from(text);
  const all: Record<string, string> = { 'content-type': type, ...NO_STORE, ...headers };
  if (body.length >= MIN_COMPRESSED && acceptsGzip(request)) {
    body = await compress(body, { level: 1 });
    all['content-encoding'] = 'gzip';
    all.vary = 'accept-encoding';
  }
  sendBytes(request, response, status, body, all);
}

export const sendJson = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  json: string,
  headers?: Readonly<Record<string, string>>,
): Promise<void> => sendText(request, response, status, 'application/json', json, headers);

/** Sends an answer. A client that does not read it is disconnected. */
export function sendBytes(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  limitReading(response);
  response.end(method === 'HEAD' ? undefined : body);
}

/** Disconnects a client that does not read its answer in time. */
export function limitReading(response: ServerResponse): void {
  const timer = setTimeout(() => response.destroy(), READ_LIMIT_MS).unref();
  response.once('close', () => clearTimeout(timer));
}
