import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import { HttpBatch } from './http-batch.js';
import { BodyError, readBody } from './http-body.js';
import { HTTP_IDLE_MS, MAX_CONNECTIONS, QUEUE_LINES } from './limits.js';
import { countLines } from './line-buffer.js';
import type { Pipeline } from './pipeline.js';
import type { TokenCheck } from './token.js';
import { untilClosed } from './until-closed.js';

/** Path that receives events. */
export const EVENTS_PATH = '/v1/events';
const MAX_HEADER_BYTES = 16 * 1024;
/** Time for a client to send its headers, ms. */
const HEADERS_LIMIT_MS = 10_000;
/** Time for a client to send its request, ms. */
const REQUEST_LIMIT_MS = 60_000;
const CHECK_INTERVAL_MS = 5000;
/** Time for clients to read the last answers, ms. */
const CLOSE_LIMIT_MS = 200;

/** Time limits, ms. */
interface HttpLimits {
  readonly idleMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
}

const LIMITS: HttpLimits = {
  idleMs: HTTP_IDLE_MS,
  headersMs: HEADERS_LIMIT_MS,
  requestMs: REQUEST_LIMIT_MS,
  checkMs: CHECK_INTERVAL_MS,
};

/** Server of `POST /v1/events`. Keeps no process alive. */
export class HttpServer {
  readonly #server: Server;
  readonly #pipeline: Pipeline;
  readonly #checkToken: TokenCheck | undefined;
  readonly #connections = new Set<Socket>();
  #isStopping = false;

  constructor(pipeline: Pipeline, checkToken?: TokenCheck, limits: HttpLimits = LIMITS) {
    this.#pipeline = pipeline;
    this.#checkToken = checkToken;
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: limits.headersMs,
        requestTimeout: limits.requestMs,
        keepAliveTimeout: limits.idleMs,
        connectionsCheckingInterval: limits.checkMs,
      },
      (request, response) => void this.#respond(request, response),
    ).unref();
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.timeout = limits.idleMs;
    this.#server.on('connection', (socket) => {
      socket.unref();
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    this.#server.on('drop', () =>
      warnOnce(`Input http has ${MAX_CONNECTIONS} connections, and closes further ones.`),
    );
  }

  /** Resolves when the address is bound. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => warnOnce(`Input http failed: ${error.message}`));
        resolve();
      });
    });
  }

  /** The address, for a server with port 0. */
  get address() {
    return this.#server.address();
  }

  /** Stops listening. Requests that were read are still answered. */
  stopReading(): void {
    this.#isStopping = true;
    // Closes idle connections too.
    this.#server.close();
  }

  /** Closes all connections once the last answers are sent. */
  async close(): Promise<void> {
    const limit = setTimeout(() => this.#server.closeAllConnections(), CLOSE_LIMIT_MS);
    await untilClosed(this.#connections);
    clearTimeout(limit);
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The client is gone: nobody reads the answer.
    response.on('error', () => {});
    try {
      const { result, status } = await this.#receive(request);
      if (this.#isStopping) response.setHeader('connection', 'close');
      answer(response, status, result);
    } catch (error) {
      const { status, reason, headers } =
        error instanceof BodyError ? error : new BodyError(500, 'the request could not be processed');
      // The rest of the request is not read.
      if (!request.complete || this.#isStopping) response.setHeader('connection', 'close');
      answer(response, status, { error: reason }, headers);
    }
  }

  /** Processes the whole batch, or throws BodyError. */
  async #receive(request: IncomingMessage): Promise<{ result: object; status: number }> {
    this.#check(request);
    const pipeline = this.#pipeline;
    const body = await readBody(request, pipeline);
    const count = countLines(body.bytes, QUEUE_LINES);
    try {
      if (count > QUEUE_LINES) throw new BodyError(413, `more than ${QUEUE_LINES} lines`);
      if (this.#isStopping) throw new BodyError(503, 'shutting down');
      if (!pipeline.hasRoomFor(count)) throw BodyError.full();
    } finally {
      body.release();
    }
    const batch = new HttpBatch();
    await new Promise<void>((done) => pipeline.add(batch, { bytes: body.bytes, count }, done));
    return { result: batch.result, status: batch.isRefused ? 400 : 200 };
  }

  #check({ url, method, headers }: IncomingMessage): void {
    if (url?.split('?')[0] !== EVENTS_PATH) throw new BodyError(404, `only ${EVENTS_PATH} exists`);
    if (method !== 'POST') throw new BodyError(405, 'only POST is allowed', { allow: 'POST' });
    // Only browsers send it. A page that a user visits must not be able to send events.
    if (headers.origin !== undefined) throw new BodyError(403, 'requests of browsers are refused');
    const [, token = ''] = /^Bearer +(.+)$/i.exec(headers.authorization ?? '') ?? [];
    if (this.#checkToken !== undefined && !this.#checkToken(token)) {
      this.#pipeline.counts.refused('http', 'unauthorized');
      this.#pipeline.counts.changed();
      throw new BodyError(401, 'the bearer token is missing or wrong', { 'www-authenticate': 'Bearer' });
    }
    if (this.#isStopping) throw new BodyError(503, 'shutting down');
  }
}

function answer(
  response: ServerResponse,
  status: number,
  content: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(`${JSON.stringify(content)}\n`);
}
