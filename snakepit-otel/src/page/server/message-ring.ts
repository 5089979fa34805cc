/** Messages that a client may miss and receive when it connects again. */
const MAX_MESSAGES = 2048;
/** Bytes of these messages. */
const MAX_RING_BYTES = 4 * 1024 * 1024;

/** A message of the stream, as it is sent to all clients. */
export interface Message {
  readonly seq: number;
  readonly bytes: Buffer;
}

/** The newest messages. */
export class MessageRing {
  readonly #messages: (Message | undefined)[] = new Array(MAX_MESSAGES).fill(undefined);
  #first = 1;
  #last = 0;
  #bytes = 0;

  /** Number of the newest message; 0 if there was none. */
  get last(): number {
    return this.#last;
  }

  /** Number of the next message. */
  get next(): number {
    return this.#last + 1;
  }

  add(bytes: Buffer): Message {
    const message = { seq: this.next, bytes };
    this.#last = message.seq;
    if (this.#last - this.#first >= MAX_MESSAGES) this.#drop();
    this.#messages[message.seq % MAX_MESSAGES] = message;
    this.#bytes += bytes.length;
    while (this.#bytes > MAX_RING_BYTES && this.#first < this.#last) this.#drop();
    return message;
  }

  get(seq: number): Message | undefined {
    return seq < this.#first || seq > this.#last ? undefined : this.#messages[seq % MAX_MESSAGES];
  }

  /** Returns true if a client that has all messages up to `seq` can go on. */
  continuesAfter(seq: number): boolean {
    return seq >= this.#first - 1 && seq <= this.#last;
  }

  /** Bytes of the messages after `seq`; infinite if some are gone. */
  bytesAfter(seq: number): number {
    if (!this.continuesAfter(seq)) return Number.POSITIVE_INFINITY;
    let bytes = 0;
    for (let each = seq + 1; each <= this.#last; each++) bytes += this.get(each)?.bytes.length ?? 0;
    return bytes;
  }

  /** Forgets all messages: no client can go on without a snapshot. */
  clear(): void {
    while (this.#first <= this.#last) this.#drop();
    this.#last++;
    this.#first = this.#last + 1;
  }

  #drop(): void {
    const index = this.#first++ % MAX_MESSAGES;
    this.#bytes -= this.#messages[index]?.bytes.length ?? 0;
    this.#messages[index] = undefined;
  }
}
