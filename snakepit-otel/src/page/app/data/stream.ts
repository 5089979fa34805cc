import type { Range, StreamMessages } from '../../contract.js';

const MESSAGE_NAMES = [
  'reset',
  'snapshot',
  'tick',
  'traces',
  'events',
  'errors',
  'breaker',
  'pool',
  'delivery',
  'problems',
  'gpu',
  'gap',
] as const satisfies readonly (keyof StreamMessages)[];

/** A tab that is hidden so long closes its connection: a browser opens at most six to a server. */
const HIDDEN_MS = 30_000;
const RETRY_MS = 3000;
const CLOSED = 2;

export type ConnectionState =
  | { readonly kind: 'connecting' | 'live' | 'hidden' }
  | { readonly kind: 'lost'; readonly since: number; readonly reason?: string };

/** Part of `EventSource` that is used. */
export interface MessageSource {
  readonly readyState: number;
  addEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

export interface StreamOptions {
  open(url: string): MessageSource;
  onMessage<Name extends keyof StreamMessages>(name: Name, data: StreamMessages[Name]): void;
  onState(state: ConnectionState): void;
  /** Returns why the server refuses connections, in plain words. */
  explain(): Promise<string | undefined>;
}

/**
 * Connection to the stream of the server. A connection that breaks is resumed by `EventSource` itself, with the number of the last
 * message; one that the server refuses is tried again.
 */
export class LiveStream {
  readonly #options: StreamOptions;
  #source: MessageSource | undefined;
  #range: Range;
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #lostSince: number | undefined;

  constructor(range: Range, options: StreamOptions) {
    this.#range = range;
    this.#options = options;
    this.#connect();
  }

  /** Starts again with a snapshot of another range. */
  setRange(range: Range): void {
    this.#range = range;
    this.#connect();
  }

  setVisible(isVisible: boolean): void {
    clearTimeout(this.#hiddenTimer);
    this.#hiddenTimer = undefined;
    if (!isVisible) {
      this.#hiddenTimer = setTimeout(() => {
        this.close();
        this.#options.onState({ kind: 'hidden' });
      }, HIDDEN_MS);
    } else if (this.#source === undefined) this.#connect();
  }

  close(): void {
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#source = undefined;
  }

  #connect(): void {
    this.close();
    if (this.#lostSince === undefined) this.#options.onState({ kind: 'connecting' });
    const source = this.#options.open(`api/v1/stream?range=${this.#range}`);
    this.#source = source;
    for (const name of MESSAGE_NAMES) {
      source.addEventListener(name, ({ data }) => {
        if (source === this.#source) this.#receive(name, data);
      });
    }
    source.addEventListener('open', () => {
      if (source === this.#source) this.#live();
    });
    source.addEventListener('error', () => {
      if (source === this.#source) void this.#lose(source);
    });
  }

  #receive(name: keyof StreamMessages, data: unknown): void {
    if (this.#lostSince !== undefined) this.#live();
    let message: StreamMessages[typeof name];
    try {
      message = JSON.parse(String(data));
    } catch {
      return;
    }
    this.#options.onMessage(name, message);
  }

  #live(): void {
    this.#lostSince = undefined;
    this.#options.onState({ kind: 'live' });
  }

  async #lose(source: MessageSource): Promise<void> {
    this.#lostSince ??= Date.now();
    const since = this.#lostSince;
    this.#options.onState({ kind: 'lost', since });
    if (source.readyState !== CLOSED) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), RETRY_MS);
    const reason = await this.#options.explain();
    if (reason !== undefined && this.#lostSince === since)
      this.#options.onState({ kind: 'lost', since, reason });
  }
}
