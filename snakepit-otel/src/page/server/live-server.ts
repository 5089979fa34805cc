import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorMessage, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { PageStore } from '../store/page-store.js';
import { Api } from './api.js';
import { Assets } from './assets.js';
import { HttpError } from './http-error.js';
import { Hub } from './hub.js';
import { type GuardOptions, RequestGuard } from './request-guard.js';
import { NO_STORE, SECURITY_HEADERS, sendJson } from './responses.js';
import { Snapshots } from './snapshots.js';
import { Streams } from './streams.js';

const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8 * 1024;
/** Time for a client to send its request, ms. */
const REQUEST_LIMIT_MS = 5000;
const CHECK_INTERVAL_MS = 1000;
/** Time for which an idle connection is kept, ms. */
const KEEP_ALIVE_MS = 5000;
/** Time for clients to read the end of their streams, ms. */
const CLOSE_LIMIT_MS = 200;

export interface LiveServerOptions extends Pick<GuardOptions, 'allowHosts' | 'token'> {
  readonly host: string;
  readonly port: number;
  /** Folder with the files of the page. */
  readonly assets: string;
}

/** Serves the page and its data. Keeps no process alive. */
export class LiveServer {
  readonly #server: Server;
  readonly #options: LiveServerOptions;
  readonly #guard: RequestGuard;
  readonly #assets: Assets;
  readonly #hub: Hub;
  readonly #streams: Streams;
  readonly #api: Api;

  constructor(store: PageStore, options: LiveServerOptions) {
    this.#options = options;
    const boot = randomBytes(6).toString('hex');
    // Cookies are shared by all ports of a host.
    this.#guard = new RequestGuard({ ...options, cookie: `snakepit-otel-${options.port}` });
    this.#assets = new Assets(options.assets);
    this.#hub = new Hub(store, boot);
    const snapshots = new Snapshots(store, boot, this.#hub.flush);
    this.#streams = new Streams(this.#hub, { boot, ring: this.#hub.ring, snapshots });
    this.#api = new Api({ store, hub: this.#hub, snapshots, streams: this.#streams });
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_LIMIT_MS,
        requestTimeout: REQUEST_LIMIT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
        // A request without a name is refused by the guard.
        requireHostHeader: false,
      },
      (request, response) => void this.#respond(request, response),
    ).unref();
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket) => socket.unref());
  }

  /** Resolves with the port when the address is bound. */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => warnOnce(`The page failed: ${error.message}`));
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Ends all streams and closes all connections. Bounded. */
  async close(): Promise<void> {
    this.#hub.stop();
    this.#streams.stop();
    await new Promise<void>((resolve) => {
      const limit = setTimeout(() => this.#server.closeAllConnections(), CLOSE_LIMIT_MS);
      this.#server.close(() => {
        clearTimeout(limit);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The client is gone: nobody reads the answer.
    response.on('error', () => {});
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const { status, reason, headers } =
        error instanceof HttpError ? error : new HttpError(500, 'the request could not be answered');
      if (!(error instanceof HttpError)) warnOnce(`Page: a request failed: ${errorMessage(error)}`);
      // The body of a request that is refused is not read.
      if (!request.complete) response.setHeader('connection', 'close');
      await sendJson(request, response, status, JSON.stringify({ error: reason }), headers);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#guard.check(request);
    const target = request.url ?? '';
    if (!target.startsWith('/')) throw new HttpError(400, 'the target of the request must be a path');
    const [path = '', ...rest] = target.split('?');
    const query = new URLSearchParams(rest.join('?'));
    const token = query.get('token');
    if (path === '/' && token !== null && this.#guard.isToken(token)) {
      const cookie = `snakepit-otel-${this.#options.port}=${encodeURIComponent(token)}; HttpOnly; SameSite=Strict; Path=/`;
      response.writeHead(303, { ...NO_STORE, location: '/', 'set-cookie': cookie }).end();
      return;
    }
    this.#guard.checkToken(request);
    if (this.#assets.has(path)) await this.#assets.send(path, request, response);
    else await this.#api.answer(path, query, request, response);
  }
}
