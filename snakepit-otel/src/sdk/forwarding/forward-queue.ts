import type { Outcome } from './forward-exporter.js';
import type { ForwardedRequest } from './forwarded-request.js';

/** Bytes of the requests that wait for one collector. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Requests that are sent at a time. */
const MAX_RUNNING = 4;
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

interface Options {
  /** Sends a request. Never rejects. */
  readonly send: (request: ForwardedRequest) => Promise<Outcome>;
  /** Counts items that are given up. */
  readonly lose: (count: number) => void;
}

/** Requests that wait for one collector. They are sent again until it takes them. Keeps no process alive. */
export class ForwardQueue {
  readonly #options: Options;
  readonly #waiting: ForwardedRequest[] = [];
  readonly #running = new Set<ForwardedRequest>();
  #bytes = 0;
  #backoffMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #onEmpty: (() => void)[] = [];
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Items that wait. */
  get length(): number {
    return [...this.#waiting, ...this.#running].reduce((sum, { length }) => sum + length, 0);
  }

  /** Returns true if there is room for a request of `bytes` bytes. */
  hasRoomFor(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= MAX_BYTES;
  }

  /** True if the collector took nothing the last time. */
  get isFailing(): boolean {
    return this.#backoffMs > 0;
  }

  /** Counts a request that is not sent as lost. */
  drop({ length }: ForwardedRequest): void {
    this.#options.lose(length);
  }

  add(request: ForwardedRequest): void {
    this.#bytes += request.body.length;
    this.#waiting.push(request);
    this.#sendMore();
  }

  /** Resolves when nothing waits. Sends at once what waits for another attempt. */
  async drained(): Promise<void> {
    if (this.#waiting.length + this.#running.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const empty = new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    this.#sendMore();
    await empty;
  }

  /** Gives up what waits, and what is being sent unless its exporter still succeeds. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const request of this.#waiting.splice(0)) this.#finish(request, 'refused');
  }

  #sendMore(): void {
    // After a failure one request shows whether the collector is back.
    const limit = this.#backoffMs > 0 ? 1 : MAX_RUNNING;
    while (this.#timer === undefined && this.#running.size < limit) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      this.#running.add(request);
      void this.#options.send(request).then((outcome) => {
        this.#running.delete(request);
        if (outcome === 'retry' && !this.#isStopped) this.#retry(request);
        else {
          this.#backoffMs = 0;
          this.#finish(request, outcome === 'exported' ? outcome : 'refused');
        }
        this.#sendMore();
      });
    }
  }

  #retry(request: ForwardedRequest): void {
    // One that the collector never takes must not hold up the others.
    this.#waiting.push(request);
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(MIN_BACKOFF_MS, 2 * this.#backoffMs));
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#sendMore();
      },
      this.#backoffMs * (0.5 + Math.random() / 2),
    ).unref();
  }

  #finish({ body, length }: ForwardedRequest, outcome: Exclude<Outcome, 'retry'>): void {
    this.#bytes -= body.length;
    if (outcome === 'refused') this.#options.lose(length);
    if (this.#waiting.length + this.#running.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }
}
