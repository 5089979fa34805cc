import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';

/** Answers the requests of a path. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** HTTP server of several pages. Keeps no process alive, and neither does a client that keeps its connection. */
export class PageServer {
  readonly #pages = new Map<string, PageHandler>();
  readonly #server: Server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const page = this.#pages.get(path);
    if (page === undefined) response.writeHead(404).end();
    else page(request, response);
  }).unref();
  #isClosed = false;

  constructor() {
    this.#server.on('connection', (socket) => socket.unref());
  }

  /** Serves a path. */
  add(path: string, page: PageHandler): void {
    this.#pages.set(path, page);
  }

  /** Resolves with the port when the address is bound. */
  listen(host: string, port: number): Promise<number> {
    // Closed while its address was resolved.
    if (this.#isClosed) return Promise.resolve(port);
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      // Exclusive: the workers of a cluster would share the port, and each scrape would read another worker.
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => warnOnce(`The HTTP server failed: ${error.message}`));
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Closes the server and all connections. */
  close(): void {
    this.#isClosed = true;
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Returns a URL of this host. */
export const pageUrl = (host: string, port: number, path: string): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
