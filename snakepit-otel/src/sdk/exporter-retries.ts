/** Answer to one attempt to export. */
export interface ExportResponse {
  readonly status: 'success' | 'failure' | 'retryable';
  readonly error?: Error;
  /** Wait before the next attempt that the collector asked for, ms. */
  readonly retryInMillis?: number;
}

type Send = (data: Uint8Array, timeoutMs: number) => Promise<ExportResponse>;

interface WaitingRetry {
  /** Shortens the wait to `waitMs` from its begin. */
  shorten(waitMs: number): void;
  cancel(): void;
}

/** Longest wait before a retry while somebody waits for the export, ms: the first wait of the exporters. */
const HURRIED_WAIT_MS = 1000;

/** The response to a request that was aborted. */
export const CANCELED: ExportResponse = { status: 'failure', error: new Error('The retry was canceled') };

/** Replaces the retries of an OTLP exporter, whose timers keep the process alive and can be neither canceled nor shortened. */
export class ExporterRetries {
  /** Sends a body once. */
  readonly send: Send;
  readonly #waiting = new Set<WaitingRetry>();
  /** Bodies for which the collector asked for a wait. */
  readonly #asked = new WeakSet<Uint8Array>();
  #hurries = 0;

  /** @param send sends a body once */
  constructor(send: Send) {
    this.send = async (data, timeoutMs) => {
      const response = await send(data, timeoutMs);
      if (response.retryInMillis === undefined) this.#asked.delete(data);
      else this.#asked.add(data);
      return response;
    };
  }

  /** Sends a body again after a wait. */
  readonly retry = (data: Uint8Array, timeoutMs: number, afterMs: number): Promise<ExportResponse> =>
    new Promise((resolve, reject) => {
      const since = performance.now();
      const start = () => {
        this.#waiting.delete(waiting);
        this.send(data, timeoutMs).then(resolve, reject);
      };
      const startAfter = (waitMs: number) => setTimeout(start, since + waitMs - performance.now()).unref();
      const canShorten = !this.#asked.has(data);
      let timer = startAfter(this.#hurries > 0 && canShorten ? Math.min(HURRIED_WAIT_MS, afterMs) : afterMs);
      const waiting: WaitingRetry = {
        shorten(waitMs) {
          if (!canShorten || waitMs >= afterMs) return;
          clearTimeout(timer);
          timer = startAfter(waitMs);
        },
        cancel: () => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve(CANCELED);
        },
      };
      this.#waiting.add(waiting);
    });

  /**
   * Shortens each wait to at most 1 s, unless the collector asked for it.
   *
   * @returns a function that ends this
   */
  hurry(): () => void {
    this.#hurries++;
    for (const waiting of this.#waiting) waiting.shorten(HURRIED_WAIT_MS);
    return () => void this.#hurries--;
  }

  /** Fails all retries that wait. */
  cancel(): void {
    for (const waiting of [...this.#waiting]) waiting.cancel();
  }
}
