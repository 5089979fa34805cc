import type { Socket } from 'node:net';
import { parseWireLine } from 'opentelemetry-instrumentation-snakepit/internal';
import type { InputName } from '../configuration/inputs.js';
import type { TokenCheck } from '../configuration/token.js';
import { ACK_EVENTS } from './limits.js';
import { LineBuffer, type Lines } from './line-buffer.js';
import type { Hello, LineResult, LineSource } from './line-source.js';
import type { Pipeline } from './pipeline.js';
import type { Producer } from './producer.js';

/** Bytes of acknowledgements that a producer does not read, after which no more are written. */
const MAX_UNREAD_BYTES = 16 * 1024;
/** Time for the first line of a connection while others wait, ms. */
const SILENCE_LIMIT_MS = 10_000;
/** Time for the peer to read the last acknowledgement, ms. */
const CLOSE_LIMIT_MS = 200;
const LINE_FEED = 10;
/**
 * First letters of GET, HEAD, OPTIONS and POST, which begin no line of a producer. Any web page can send such requests to any port of the
 * host that shows it, with lines of its choice in the body.
 */
const HTTP_METHODS = Buffer.from('GHOP');

/** What a connection needs of its server. */
interface ConnectionContext {
  readonly input: InputName;
  readonly pipeline: Pipeline;
  /** Check of the token that a hello has to contain. @default none */
  readonly checkToken?: TokenCheck;
}

/** A connection of a producer to a socket. */
export class SocketConnection implements LineSource {
  readonly input: InputName;
  readonly id: string;
  readonly isStream = true;
  producer: string | undefined;
  recent: Producer | undefined;
  readonly #socket: Socket;
  readonly #pipeline: Pipeline;
  readonly #lines: LineBuffer;
  #checkToken: TokenCheck | undefined;
  #sendsAcks = false;
  #acknowledged = -1;
  #highest = -1;
  #unacknowledged = 0;
  #isFirst = true;
  #hasLine = false;
  readonly #openedAt = performance.now();
  #isPaused = false;
  #isEnded = false;

  constructor(socket: Socket, number: number, { input, pipeline, checkToken }: ConnectionContext) {
    this.#socket = socket;
    this.input = input;
    this.id = `${input}:${number}`;
    this.#pipeline = pipeline;
    this.#checkToken = checkToken;
    this.#lines = new LineBuffer(() => this.#refuse('line_too_long'));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    // The connection closes after an error.
    socket.on('error', () => {});
  }

  hello({ producer, ack }: Hello): void {
    this.#sendsAcks = ack && producer !== undefined;
    this.#acknowledged = this.#highest = -1;
  }

  probe(id: string): void {
    const { writable, writableLength } = this.#socket;
    if (writable && writableLength <= MAX_UNREAD_BYTES)
      this.#socket.write(`${JSON.stringify({ probe: id })}\n`);
  }

  settle(result: LineResult, _lineNumber: number, seq?: number, producer?: Producer): void {
    if (!this.#sendsAcks || seq === undefined || producer?.name !== this.producer) return;
    if (seq > this.#highest) this.#highest = seq;
    if (++this.#unacknowledged >= ACK_EVENTS && result !== 'control') this.acknowledge();
  }

  /** Writes an acknowledgement if events were processed since the last one. */
  acknowledge(): void {
    if (this.#unacknowledged === 0 || this.#socket.writableLength > MAX_UNREAD_BYTES) return;
    this.#unacknowledged = 0;
    this.#acknowledged = Math.max(this.#acknowledged, this.#highest);
    if (this.#socket.writable) this.#socket.write(`{"ack":${this.#acknowledged}}\n`);
  }

  /** Stops reading. What was read is still processed. */
  stopReading(): void {
    this.#isEnded = true;
    this.#socket.pause();
  }

  /** Sends the last acknowledgement and closes the connection, whether the peer reads or not. */
  close(): void {
    this.acknowledge();
    this.#endSocket('');
  }

  /** True if no line has come for long. */
  get isSilent(): boolean {
    return !this.#hasLine && performance.now() - this.#openedAt >= SILENCE_LIMIT_MS;
  }

  /** False until the token was received, if one is needed. */
  get isAdmitted(): boolean {
    return this.#checkToken === undefined;
  }

  #read(chunk: Buffer): void {
    if (this.#isFirst && HTTP_METHODS.includes(chunk[0] as number)) {
      this.#reject('http_request');
      return;
    }
    this.#isFirst = false;
    const lines = this.#lines.push(chunk);
    if (lines === undefined || this.#isEnded) return;
    this.#hasLine = true;
    const admitted = this.#checkToken === undefined ? lines : this.#admit(lines);
    if (admitted === undefined) return;
    this.#pipeline.add(this, admitted);
    if (this.#isPaused) return;
    this.#isPaused = this.#pipeline.awaitRoom(() => {
      this.#isPaused = false;
      if (!this.#isEnded) this.#socket.resume();
    });
    if (this.#isPaused) this.#socket.pause();
  }

  /** Returns the lines if the first one contains the token; otherwise closes the connection. */
  #admit(lines: Lines): Lines | undefined {
    const end = lines.bytes.indexOf(LINE_FEED);
    const parsed = parseWireLine(lines.bytes.toString('utf8', 0, end));
    const { hello } = ('wire' in parsed ? parsed.wire : {}) as { hello?: { token?: unknown } | null };
    const token = hello?.token;
    if (this.#checkToken?.(typeof token === 'string' ? token : '')) {
      this.#checkToken = undefined;
      return lines;
    }
    this.#reject('unauthorized');
    return undefined;
  }

  /** Closes the connection. */
  #reject(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#refuse(reason);
    this.#endSocket(`${JSON.stringify({ error: reason })}\n`);
  }

  #endSocket(last: string): void {
    this.#socket.setTimeout(CLOSE_LIMIT_MS, () => this.#socket.destroy());
    this.#socket.end(last, () => this.#socket.destroy());
  }

  #refuse(reason: string): void {
    this.#pipeline.counts.refused(this.input, reason);
    this.#pipeline.counts.changed();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    // Its hello may be in the queue.
    this.#pipeline.addEnd(this, () => this.#endLines());
  }

  #endLines(): void {
    const rest = this.#lines.takeRest();
    const leave = () => {
      this.#pipeline.producers.detach(this);
      this.close();
    };
    // A producer that reads acknowledgements sends an incomplete line again.
    if (rest === undefined || this.#sendsAcks || this.#checkToken !== undefined) leave();
    else this.#pipeline.add(this, rest, leave);
  }
}
