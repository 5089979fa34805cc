import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { InputName } from '../configuration/inputs.js';
import { BodyError } from './http-body.js';
import { HttpClients } from './http-clients.js';
import { HTTP_IDLE_MS } from './limits.js';

const TOO_MANY_REQUESTS = 429;
const MAX_HEADER_BYTES = 16 * 1024;
/** Time for a client to send its headers, ms. */
const HEADERS_LIMIT_MS = 10_000;
/** Time for a client to send its request, ms. */
const REQUEST_LIMIT_MS = 60_000;
const CHECK_INTERVAL_MS = 5000;
/** Time after which an incomplete request gives way to other clients, ms. */
const SLOW_REQUEST_MS = 10_000;
/** Time for a client to end a request that is answered before its end, ms. Its connection then closes, whatever it sends. */
const DISCARD_LIMIT_MS = 5000;
/** Time for clients to read the last answers, ms. */
const CLOSE_LIMIT_MS = 200;

/** Time limits, ms. */
interface HttpLimits {
  readonly idleMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
  readonly slowMs: number;
  readonly discardMs: number;
}

const LIMITS: HttpLimits = {
  idleMs: HTTP_IDLE_MS,
  headersMs: HEADERS_LIMIT_MS,
  requestMs: REQUEST_LIMIT_MS,
  checkMs: CHECK_INTERVAL_MS,
  slowMs: SLOW_REQUEST_MS,
  discardMs: DISCARD_LIMIT_MS,
};

/** Answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly content: string | Uint8Array;
}

/** Answers the requests of a server. */
export interface HttpHandler {
  /** Name of the input. */
  readonly input: InputName;
  /**
   * Receives a request.
   *
   * @param isStopping returns true if the server stops, and the request should be refused
   * @throws BodyError (as a rejection) if it cannot be received
   */
  receive(request: IncomingMessage, isStopping: () => boolean): Promise<HttpAnswer>;
  /** Returns the answer to a request that cannot be received. */
  refuse(error: BodyError, request: IncomingMessage): HttpAnswer;
}

/** Server of an input. Keeps no process alive. */
export class HttpServer {
  readonly #server: Server;
  readonly #handler: HttpHandler;
  readonly #clients: HttpClients;
  readonly #discardMs: number;
  #isStopping = false;

  constructor(handler: HttpHandler, limits: HttpLimits = LIMITS) {
    this.#handler = handler;
    this.#clients = new HttpClients(handler.input, limits.slowMs);
    this.#discardMs = limits.discardMs;
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
    this.#server.timeout = limits.idleMs;
    this.#server.on('connection', (socket) => this.#clients.add(socket));
  }

  /** Resolves when the address is bound. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) =>
          warnOnce(`Input ${this.#handler.input} failed: ${error.message}`),
        );
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
    await this.#clients.closed();
    clearTimeout(limit);
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The client is gone: nobody reads the answer.
    response.on('error', () => {});
    const answered = this.#clients.follow(request, response);
    if (answered === undefined) return;
    const answer = await this.#answer(request);
    // A body that came with its headers was not read yet.
    if (!request.complete) await nextTurn();
    answered();
    if (this.#isStopping) response.setHeader('connection', 'close');
    // Nobody waits for the rest of a request whose client is gone.
    if (request.complete || request.destroyed) send(response, answer);
    else this.#sendEarly(request, response, answer);
  }

  async #answer(request: IncomingMessage): Promise<HttpAnswer> {
    try {
      return await this.#handler.receive(request, () => this.#isStopping);
    } catch (error) {
      const known =
        error instanceof BodyError ? error : new BodyError(500, 'the request could not be processed');
      // Bodies that do not come to their end may take the room that the next try needs.
      if (known.status === TOO_MANY_REQUESTS) this.#clients.closeSlow();
      return this.#handler.refuse(known, request);
    }
  }

  /**
   * Answers a request whose rest is not needed, and reads the rest for a while: a client that still sends when its connection closes does
   * not read the answer.
   */
  #sendEarly(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
    response.setHeader('connection', 'close');
    response.setHeader('content-length', Buffer.byteLength(answer.content));
    writeHead(response, answer);
    response.write(answer.content);
    const end = () => response.end();
    const limit = setTimeout(end, this.#discardMs).unref();
    request.once('end', end).resume();
    response.once('close', () => clearTimeout(limit));
  }
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  writeHead(response, answer);
  response.end(answer.content);
}

const writeHead = (response: ServerResponse, { status, headers, contentType }: HttpAnswer) =>
  response.writeHead(status, { 'content-type': contentType, ...headers });
