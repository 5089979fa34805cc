import { randomUUID } from 'node:crypto';
import { connect, type NetConnectOpts } from 'node:net';
import { errorMessage, hasErrorCode, singleLine } from 'opentelemetry-instrumentation-snakepit/internal';
import { problem } from './check.js';
import type { Problem } from './source-report.js';

/** Time for the answer, ms. */
const LIMIT_MS = 3000;
const NO_ANSWER = problem('nobody has answered the line', 'check which process listens there, and its log');
const UNAUTHORIZED = problem(
  'the token is not the one of the process that listens',
  'use the same token file',
);

/** Outcome of sending a line: nobody listens, it arrived, or a problem. */
export type ProbeResult = 'absent' | 'arrived' | Problem;

/** Sends a line that makes no telemetry through a socket, and waits until it comes back. */
export function probeSocket(target: NetConnectOpts, token: string | undefined): Promise<ProbeResult> {
  const id = randomUUID();
  return new Promise((resolve) => {
    const socket = connect(target);
    let answer = '';
    const settle = (result: ProbeResult) => {
      clearTimeout(limit);
      socket.destroy();
      resolve(result);
    };
    const limit = setTimeout(settle, LIMIT_MS, NO_ANSWER);
    socket.once('connect', () => {
      const hello = token === undefined ? '' : `${JSON.stringify({ hello: { token } })}\n`;
      socket.write(`${hello}${JSON.stringify({ probe: id })}\n`);
    });
    socket.on('data', (chunk) => {
      answer = (answer + chunk).slice(-1024);
      if (answer.includes(id)) settle('arrived');
      else if (answer.includes('unauthorized')) settle(UNAUTHORIZED);
    });
    socket.once('close', () => settle(NO_ANSWER));
    socket.once('error', (error) => settle(explain(error)));
  });
}

/** Sends a line that makes no telemetry over HTTP. */
export const probeHttp = (url: string, token: string | undefined): Promise<ProbeResult> =>
  post(url, 'application/x-ndjson', `${JSON.stringify({ probe: randomUUID() })}\n`, token);

/** Sends a request to export nothing. */
export const probeOtlp = (url: string, token: string | undefined): Promise<ProbeResult> =>
  post(`${url}/v1/traces`, 'application/json', '{}', token);

async function post(
  url: string,
  contentType: string,
  body: string,
  token: string | undefined,
): Promise<ProbeResult> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        connection: 'close',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await response.text();
    if (response.status === 401) return UNAUTHORIZED;
    if (response.ok && !/"rejected":[1-9]/.test(text)) return 'arrived';
    return problem(
      `it answers HTTP ${response.status}: ${singleLine(text)}`,
      'check which process listens there',
    );
  } catch (error) {
    const { name, cause } = error as Error;
    return name === 'TimeoutError' ? NO_ANSWER : explain(cause ?? error);
  }
}

function explain(error: unknown): ProbeResult {
  if (hasErrorCode(error, 'ECONNREFUSED', 'ENOENT', 'ENOTDIR')) return 'absent';
  if (hasErrorCode(error, 'EACCES', 'EPERM')) {
    return problem(
      'this user may not use the socket',
      'run as a member of its group, or set another mode with inputs.unix.mode',
    );
  }
  return problem(errorMessage(error), 'check which process listens there');
}
