import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import { MAX_CONNECTIONS } from './limits.js';
import { untilClosed } from './until-closed.js';

/** Requests of one connection that wait for their answers. No client that is used sends the next one before. */
const MAX_PIPELINED = 100;

/** A connection. Always either the server works on a request, or it waits for the client. */
interface Client {
  readonly socket: Socket;
  /** False until its first request. */
  hasRequested: boolean;
  /** Requests whose answers were not sent yet. */
  requests: number;
  /** Requests that were received, and that the server has to answer. */
  working: number;
  /** Time from which on the server waits for the client if it does not work, ms of `performance.now()`. */
  waitsSince: number;
}

/** The connections of an HTTP server. A new one takes the place of one that is idle or slow. */
export class HttpClients {
  readonly #clients = new Map<Socket, Client>();
  readonly #input: string;
  readonly #slowMs: number;

  /** @param slowMs time after which a client is slow that does not send its request, or does not read its answer, ms */
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
    const waitsSince = performance.now();
    this.#clients.set(socket, { socket, hasRequested: false, requests: 0, working: 0, waitsSince });
    socket.once('close', () => this.#clients.delete(socket));
  }

  /**
   * Follows a request to its answer.
   *
   * @returns a function to call when the answer is known; undefined if the connection has too many requests, and was closed
   */
  follow(request: IncomingMessage, response: ServerResponse): (() => void) | undefined {
    const client = this.#clients.get(request.socket);
    if (client === undefined || client.requests >= MAX_PIPELINED) {
      request.socket.destroy();
      return undefined;
    }
    let state: 'receiving' | 'working' | 'answered' = 'receiving';
    const enter = (next: typeof state) => {
      if (state === 'answered') return;
      client.working += Number(next === 'working') - Number(state === 'working');
      client.waitsSince = performance.now();
      state = next;
    };
    client.hasRequested = true;
    client.requests++;
    client.waitsSince = performance.now();
    request.once('end', () => enter('working'));
    response.once('close', () => {
      enter('answered');
      client.requests--;
      client.waitsSince = performance.now();
    });
    return () => enter('answered');
  }

  /** Closes the connections that wait long for the rest of a request, whose memory others need. */
  closeSlow(): void {
    const slow = [...this.#clients.values()].filter((client) => this.#isSlow(client));
    for (const { socket } of slow) socket.destroy();
  }

  /** Closes the connection that has been idle, or slow, for the longest time. Returns false if there is none. */
  #closeUnused(): boolean {
    let unused: Client | undefined;
    for (const client of this.#clients.values()) {
      const isUnused = isIdle(client) || this.#isSlow(client);
      if (isUnused && client.waitsSince < (unused?.waitsSince ?? Number.POSITIVE_INFINITY)) unused = client;
    }
    if (unused === undefined) return false;
    this.#clients.delete(unused.socket);
    unused.socket.destroy();
    return true;
  }

  #isSlow(client: Client): boolean {
    const { working, waitsSince } = client;
    return !isIdle(client) && working === 0 && performance.now() - waitsSince >= this.#slowMs;
  }

  /** Resolves when all connections are closed. */
  closed(): Promise<void> {
    return untilClosed(this.#clients.keys());
  }
}

/** Returns true between two requests. */
const isIdle = ({ hasRequested, requests }: Client): boolean => hasRequested && requests === 0;
