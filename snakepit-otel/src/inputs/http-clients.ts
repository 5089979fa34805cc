import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import { MAX_CONNECTIONS } from './limits.js';
import { untilClosed } from './until-closed.js';

/** Requests of one connection that wait for their answers. No client that is used sends the next one before. */
const MAX_PIPELINED = 100;

/** A connection. */
interface Client {
  readonly socket: Socket;
  /** Requests without their answers. */
  requests: number;
  /** True between two requests. */
  isIdle: boolean;
  /** Time from which on the server waits for data, ms of `performance.now()`; undefined while it does not. */
  waitsSince: number | undefined;
}

/** The connections of an HTTP server. A new one takes the place of one that is idle or slow. */
export class HttpClients {
  readonly #clients = new Map<Socket, Client>();
  readonly #input: string;
  readonly #slowMs: number;

  /** @param slowMs time after which a client with an incomplete request is slow, ms */
  constructor(input: string, slowMs: number) {
    this.#input = input;
    this.#slowMs = slowMs;
  }

  /** Adds a connection, or closes it if there are too many that are used. */
  add(socket: Socket): void {
    socket.unref();
    if (this.#clients.size >= MAX_CONNECTIONS && !this.#closeUnused()) {
      warnOnce(`Input ${this.#input} has ${MAX_CONNECTIONS} connections, and closes further ones.`);
      socket.destroy();
      return;
    }
    this.#clients.set(socket, { socket, requests: 0, isIdle: false, waitsSince: performance.now() });
    socket.once('close', () => this.#clients.delete(socket));
  }

  /** Follows a request to its answer. Returns false if its connection has too many, and was closed. */
  follow(request: IncomingMessage, response: ServerResponse): boolean {
    const client = this.#clients.get(request.socket);
    if (client === undefined || client.requests >= MAX_PIPELINED) {
      request.socket.destroy();
      return false;
    }
    client.requests++;
    client.isIdle = false;
    client.waitsSince = performance.now();
    request.once('end', () => {
      client.waitsSince = undefined;
    });
    response.once('close', () => {
      client.requests--;
      if (client.requests > 0) return;
      client.isIdle = true;
      client.waitsSince = performance.now();
    });
    return true;
  }

  /** Closes the connections that wait long for the rest of a request, whose memory others need. */
  closeSlow(): void {
    const slow = [...this.#clients.values()].filter((client) => this.#isSlow(client));
    for (const { socket } of slow) socket.destroy();
  }

  /** Closes the connection that has been idle, or slow, for the longest time. Returns false if there is none. */
  #closeUnused(): boolean {
    let [unused, least] = [undefined as Socket | undefined, Number.POSITIVE_INFINITY];
    for (const client of this.#clients.values()) {
      const { socket, isIdle, waitsSince = least } = client;
      if (waitsSince < least && (isIdle || this.#isSlow(client))) [unused, least] = [socket, waitsSince];
    }
    if (unused === undefined) return false;
    this.#clients.delete(unused);
    unused.destroy();
    return true;
  }

  #isSlow({ isIdle, waitsSince }: Client): boolean {
    return !isIdle && waitsSince !== undefined && performance.now() - waitsSince >= this.#slowMs;
  }

  /** Resolves when all connections are closed. */
  closed(): Promise<void> {
    return untilClosed(this.#clients.keys());
  }
}
