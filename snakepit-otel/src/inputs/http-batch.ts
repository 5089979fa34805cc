import type { LineResult, LineSource } from './line-source.js';
import type { Producer } from './producer.js';

/** Errors that an answer lists. */
const MAX_ERRORS = 100;

/** Lines of one request, with their results. */
export class HttpBatch implements LineSource {
  readonly input = 'http';
  readonly id = 'http';
  readonly isStream = false;
  producer: string | undefined;
  recent: Producer | undefined;
  #accepted = 0;
  #duplicate = 0;
  #rejected = 0;
  #control = 0;
  readonly #errors: { readonly line: number; readonly reason: string }[] = [];

  settle(result: LineResult, line: number): void {
    if (result === 'accepted') this.#accepted++;
    else if (result === 'duplicate') this.#duplicate++;
    else if (result === 'control') this.#control++;
    else {
      this.#rejected++;
      if (this.#errors.length < MAX_ERRORS) this.#errors.push({ line, reason: result });
    }
  }

  /** Body of the answer. */
  get result() {
    return {
      accepted: this.#accepted,
      duplicate: this.#duplicate,
      rejected: this.#rejected,
      errors: this.#errors,
    };
  }

  /** True if no line could be used. */
  get isRefused(): boolean {
    return this.#accepted + this.#duplicate + this.#control === 0;
  }
}
