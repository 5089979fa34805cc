import { StringDecoder } from 'node:string_decoder';

/** One message of a stream of server-sent events. */
export interface SseMessage {
  readonly event: string;
  readonly data: string;
  /** Id of this message, or of the last one that had one. */
  readonly id: string;
}

/** Size of a message, in characters, above which the stream is not one of ours: the largest snapshot has less than 2 MB. */
const MAX_MESSAGE = 32 * 2 ** 20;

/** Parses `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html), in chunks of any size. */
export class SseParser {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onMessage: (message: SseMessage) => void;
  /** Pieces of a line that is not complete: joined once, as a message may arrive in thousands of them. */
  #pieces: string[] = [];
  #size = 0;
  #event = '';
  #data: string[] = [];
  #id = '';
  #endedWithReturn = false;

  constructor(onMessage: (message: SseMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** @throws Error if a message is too large to be one of ours */
  push(chunk: Buffer): void {
    let text = this.#decoder.write(chunk);
    if (text === '') return;
    if (this.#endedWithReturn && text.startsWith('\n')) text = text.slice(1);
    this.#endedWithReturn = text.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    const last = lines.length - 1;
    for (let i = 0; i < last; i += 1) this.#line(this.#complete(lines[i] ?? ''));
    this.#keep(lines[last] ?? '');
  }

  #complete(rest: string): string {
    if (this.#pieces.length === 0) return rest;
    const line = this.#pieces.join('') + rest;
    this.#pieces = [];
    return line;
  }

  #keep(piece: string): void {
    if (piece === '') return;
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size > MAX_MESSAGE) throw new Error('a message of the stream is too large');
  }

  #line(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#event = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
      if (this.#size > MAX_MESSAGE) throw new Error('a message of the stream is too large');
    } else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event;
    this.#data = [];
    this.#event = '';
    this.#size = 0;
    if (data.length > 0) this.#onMessage({ event: event || 'message', data: data.join('\n'), id: this.#id });
  }
}
