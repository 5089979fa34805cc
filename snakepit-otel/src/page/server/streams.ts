import type { ServerResponse } from 'node:http';
import { catchErrors } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Range } from '../contract.js';
import type { Position } from './event-stream.js';
import type { Hub } from './hub.js';
import { StreamClient, type StreamSource } from './stream-client.js';

/** Clients of the stream; further ones are refused. */
export const MAX_CLIENTS = 8;
/** Time between comments, ms. */
const COMMENT_MS = 15_000;

/** The clients of the stream. */
export class Streams {
  readonly #clients = new Map<ServerResponse, StreamClient>();
  readonly #hub: Hub;
  readonly #source: StreamSource;
  #timer: NodeJS.Timeout | undefined;

  constructor(hub: Hub, source: StreamSource) {
    this.#hub = hub;
    this.#source = source;
    hub.onMessages = () => {
      for (const client of this.#clients.values()) client.send();
    };
  }

  /** True if another client is refused. */
  get isFull(): boolean {
    return this.#clients.size >= MAX_CLIENTS;
  }

  /** Sends messages until the client or the server closes the connection. */
  add(response: ServerResponse, range: Range, after: Position | undefined): void {
    const client = new StreamClient(this.#source, response, range);
    const leave = this.#hub.join();
    this.#clients.set(response, client);
    response.once('close', () => {
      if (!this.#clients.delete(response)) return;
      leave();
      if (this.#clients.size === 0) clearInterval(this.#timer);
    });
    if (this.#clients.size === 1) {
      this.#timer = setInterval(
        catchErrors('Page: clients', () => this.#check()),
        COMMENT_MS,
      ).unref();
    }
    client.start(after);
  }

  /** Ends all streams. */
  stop(): void {
    clearInterval(this.#timer);
    for (const response of this.#clients.keys()) response.end();
  }

  #check(): void {
    const now = Date.now();
    for (const client of this.#clients.values()) client.check(now);
  }
}
