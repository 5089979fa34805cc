import { get as getHttp, type IncomingMessage } from 'node:http';
import { errorMessage, hasErrorCode } from 'opentelemetry-instrumentation-snakepit/internal';
import type { AgentAddress } from './agent-address.js';

const ANSWER_LIMIT_MS = 5000;
const MAX_ANSWER = 64 * 2 ** 20;

const ERROR_CODE = 'SNAKEPIT_AGENT_UNAVAILABLE';

/** Why an agent did not answer as expected, for people. */
export interface AgentError extends Error {
  readonly code: typeof ERROR_CODE;
  /** True if the address has no page of an agent. */
  readonly isAbsent: boolean;
  /** True if to try again cannot help. */
  readonly isFinal: boolean;
}

export const agentError = (
  message: string,
  {
    isAbsent = false,
    isFinal = false,
    cause,
  }: { isAbsent?: boolean; isFinal?: boolean; cause?: unknown } = {},
): AgentError =>
  Object.assign(new Error(message, { cause }), { code: ERROR_CODE, isAbsent, isFinal } as const);

export const isAgentError = (error: unknown): error is AgentError => hasErrorCode(error, ERROR_CODE);

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'needs a token: use the address that the agent printed, with ?token=',
  403: 'refuses the token: use the address that the agent printed, with ?token=',
  404: 'has no live page at this address',
  421: 'does not know this host name: use 127.0.0.1, or add it to allow_hosts of ui in the file of the agent',
  503: 'has as many clients as it serves',
};

/** Requests the page of an agent. */
export class AgentClient {
  readonly #address: AgentAddress;

  constructor(address: AgentAddress) {
    this.#address = address;
  }

  get origin(): string {
    return this.#address.origin;
  }

  /** @throws AgentError (as a rejection) */
  async json<T>(path: string): Promise<T> {
    const response = await this.open(path, {}, ANSWER_LIMIT_MS);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MAX_ANSWER) throw new Error('the answer is too large');
        chunks.push(chunk);
      }
      return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
    } catch (cause) {
      throw this.#error(`answers with what is no page of an agent (${errorMessage(cause)})`, {
        isAbsent: true,
        cause,
      });
    }
  }

  /**
   * Returns the answer to a request once its headers are there.
   *
   * @param idleMs time without any data after which the connection is closed
   * @throws AgentError (as a rejection)
   */
  async open(
    path: string,
    headers: Readonly<Record<string, string>>,
    idleMs: number,
  ): Promise<IncomingMessage> {
    const { origin, token } = this.#address;
    const get = origin.startsWith('https:') ? (await import('node:https')).get : getHttp;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = get(`${origin}${path}`, {
        agent: false,
        headers: { ...headers, ...(token === undefined ? undefined : { authorization: `Bearer ${token}` }) },
      });
      request.setTimeout(idleMs, () =>
        request.destroy(new Error(`no data for ${Math.round(idleMs / 1000)} s`)),
      );
      request.once('response', resolve);
      request.once('error', (cause) => reject(this.#connectionError(cause)));
    });
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    const reason = REFUSALS[status] ?? `answers with status ${status}`;
    response.destroy();
    throw this.#error(reason, { isAbsent: status === 404, isFinal: status < 500 && status !== 429 });
  }

  #connectionError(cause: Error): AgentError {
    const isAbsent = ['ECONNREFUSED', 'ENOENT'].some((code) => hasErrorCode(cause, code));
    const reason = isAbsent
      ? 'is not reached: nothing listens there. An agent serves its page with --ui'
      : `is not reached: ${errorMessage(cause)}`;
    return this.#error(reason, { isAbsent, cause });
  }

  #error(reason: string, options: Parameters<typeof agentError>[1]): AgentError {
    return agentError(`The agent at ${this.#address.origin} ${reason}.`, options);
  }
}
