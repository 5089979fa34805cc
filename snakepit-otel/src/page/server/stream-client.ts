import type { ServerResponse } from 'node:http';
import { errorMessage, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Range } from '../contract.js';
import { COMMENT, encodeMessage, type Position, positionText } from './event-stream.js';
import type { MessageRing } from './message-ring.js';
import type { Snapshots } from './snapshots.js';

/** Bytes that a client has not read, from which on it is sent nothing. */
const MAX_UNSENT = 256 * 1024;
/** Time after which a client that does not read is closed, ms. */
const STALLED_MS = 60_000;

/** What all clients share. */
export interface StreamSource {
  readonly boot: string;
  readonly ring: MessageRing;
  readonly snapshots: Snapshots;
}

/** A client of the stream. One that reads slowly is sent less, and costs no memory beyond a limit. */
export class StreamClient {
  readonly #source: StreamSource;
  readonly #response: ServerResponse;
  readonly #range: Range;
  /** Number of the last message that it was sent. */
  #position = 0;
  #isBuilding = false;
  #stalledAt: number | undefined;

  constructor(source: StreamSource, response: ServerResponse, range: Range) {
    this.#source = source;
    this.#response = response;
    this.#range = range;
    response.on('drain', () => this.#onDrain());
  }

  /** Continues after a position, or sends a snapshot if that is not possible. */
  start(after: Position | undefined): void {
    const { boot, ring } = this.#source;
    if (after?.boot === boot && ring.continuesAfter(after.seq)) {
      this.#position = after.seq;
      // A client sees at once that it is connected.
      this.#write(COMMENT);
      this.send();
      return;
    }
    this.#write(encodeMessage('reset', JSON.stringify({ boot })));
    void this.#sendSnapshot();
  }

  /** Sends the messages that it does not have yet, as far as it reads them. */
  send(): void {
    const { ring } = this.#source;
    while (!this.#isBuilding && this.#stalledAt === undefined && this.#position < ring.last) {
      const message = ring.get(this.#position + 1);
      if (message === undefined) {
        this.#resync();
        return;
      }
      this.#position = message.seq;
      this.#write(message.bytes);
    }
  }

  /** Keeps the connection open. Closes it if the client does not read. */
  check(now: number): void {
    if (this.#stalledAt === undefined) this.#write(COMMENT);
    else if (now - this.#stalledAt >= STALLED_MS) this.#response.destroy();
  }

  /** True if the client does not read. */
  get isStalled(): boolean {
    return this.#stalledAt !== undefined;
  }

  #onDrain(): void {
    if (this.#stalledAt === undefined) return;
    this.#stalledAt = undefined;
    if (this.#source.ring.bytesAfter(this.#position) > MAX_UNSENT) this.#resync();
    else this.send();
  }

  /** Leaves out the messages that it missed. */
  #resync(): void {
    const gap = {
      from: this.#position + 1,
      to: this.#source.ring.last,
      reason: 'the client read too slowly',
    };
    this.#write(encodeMessage('gap', JSON.stringify(gap)));
    void this.#sendSnapshot();
  }

  async #sendSnapshot(): Promise<void> {
    this.#isBuilding = true;
    try {
      const { boot, snapshots } = this.#source;
      const { seq, json } = await snapshots.get(this.#range);
      this.#position = seq;
      this.#write(encodeMessage('snapshot', json, positionText({ boot, seq })));
    } catch (error) {
      warnOnce(`Page: a snapshot failed: ${errorMessage(error)}`);
      this.#response.destroy();
    } finally {
      this.#isBuilding = false;
    }
    this.send();
  }

  #write(bytes: Buffer): void {
    if (this.#response.destroyed) return;
    this.#response.write(bytes);
    if (this.#response.writableLength > MAX_UNSENT) this.#stalledAt ??= Date.now();
  }
}
