import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Loaded } from './context.js';

const MAX_ENTRIES = 50;
/** Time after which a request that failed is sent again, ms. */
const RETRY_MS = 5000;

interface Entry<T> {
  loaded: Loaded<T>;
  version: unknown;
  isLoading: boolean;
  failedAt: number;
}

/** Requests what is shown alone when it is shown first, and again when it changed. */
export class DetailCache<T> {
  readonly #load: (id: string) => Promise<T>;
  readonly #onChange: () => void;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(load: (id: string) => Promise<T>, onChange: () => void) {
    this.#load = load;
    this.#onChange = onChange;
  }

  /** Returns what is known now, and requests the rest. @param version another one than before if it changed */
  get(id: string, version: unknown): Loaded<T> {
    const entry = this.#entries.get(id) ?? this.#add(id);
    const isOld = entry.version !== version || (entry.failedAt > 0 && Date.now() - entry.failedAt > RETRY_MS);
    if (isOld && !entry.isLoading) this.#request(id, entry, version);
    return entry.loaded;
  }

  #add(id: string): Entry<T> {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= MAX_ENTRIES) this.#entries.delete(oldest);
    const entry: Entry<T> = { loaded: undefined, version: Symbol('none'), isLoading: false, failedAt: 0 };
    this.#entries.set(id, entry);
    return entry;
  }

  #request(id: string, entry: Entry<T>, version: unknown): void {
    entry.isLoading = true;
    entry.version = version;
    entry.failedAt = 0;
    this.#load(id)
      .then(
        (value) => {
          entry.loaded = { value };
        },
        (error: unknown) => {
          entry.failedAt = Date.now();
          // What was loaded before is better than none.
          if (entry.loaded === undefined || 'failure' in entry.loaded)
            entry.loaded = { failure: errorMessage(error) };
        },
      )
      .finally(() => {
        entry.isLoading = false;
        this.#onChange();
      });
  }
}
