import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ErrorDetail, Snapshot, StreamMessages, Trace } from '../../src/page/contract.js';

/** An agent's page that sends what a test wants: also what no agent of ours would send. */
export class FakeAgent {
  snapshot: Snapshot;
  trace: Trace | undefined;
  error: ErrorDetail | undefined;
  /** Headers of the requests for the stream. */
  readonly requests: IncomingMessage[] = [];
  #server: Server | undefined;
  #port = 0;
  #seq = 0;
  readonly #streams = new Set<ServerResponse>();

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    onTestFinished(() => this.stop());
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get clients(): number {
    return this.#streams.size;
  }

  /** Listens, on the same port as before. */
  start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    return new Promise((resolve) => {
      server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Ends all connections and listens no more. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Sends a message to all clients. Returns false if one has not taken all of it. */
  send<K extends keyof StreamMessages>(name: K, data: StreamMessages[K]): boolean {
    this.#seq += 1;
    return [...this.#streams].map((stream) => this.#write(stream, name, data)).every(Boolean);
  }

  /** Sends bytes as they are. */
  sendRaw(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  #write(stream: ServerResponse, name: string, data: unknown): boolean {
    return stream.write(
      `id: ${this.snapshot.boot}-${this.#seq}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
    );
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://agent');
    if (pathname === '/api/v1/stream') {
      this.#open(request, response);
      return;
    }
    const answers: Record<string, unknown> = {
      '/api/v1/snapshot': this.snapshot,
      '/api/v1/export': { exported: true },
      [`/api/v1/traces/${this.trace?.head.id}`]: this.trace,
      [`/api/v1/errors/${this.error?.head.id}`]: this.error,
    };
    const answer = answers[pathname];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'not found' }));
  }

  #open(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
    const isKnown = String(request.headers['last-event-id'] ?? '').startsWith(`${this.snapshot.boot}-`);
    if (!isKnown) {
      this.#write(response, 'reset', { boot: this.snapshot.boot });
      this.#write(response, 'snapshot', this.snapshot);
    } else response.flushHeaders();
  }
}
