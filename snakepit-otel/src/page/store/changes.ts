import { forgetOldest } from 'opentelemetry-instrumentation-snakepit/internal';

/** Changed rows of a kind; with more, the oldest are not sent. */
const MAX_KEYS = 1000;
/** Rows of events that one message has. */
const MAX_EVENTS = 100;

/** Names of what changed, by the kind of its rows. */
export type ChangedKind =
  | 'gpus'
  | 'samples'
  | 'processes'
  | 'traces'
  | 'errors'
  | 'breakers'
  | 'pools'
  | 'delivery';

/** What changed since it was sent last. Recorded only while somebody receives it. */
export class Changes {
  /** Called for each change that is recorded. */
  onChange: () => void = () => {};
  readonly keys: Readonly<Record<ChangedKind, Set<string>>> = {
    gpus: new Set(),
    samples: new Set(),
    processes: new Set(),
    traces: new Set(),
    errors: new Set(),
    breakers: new Set(),
    pools: new Set(),
    delivery: new Set(),
  };
  #events: string[] = [];
  #skippedEvents = 0;
  #isRecording = false;

  /** Starts or stops recording. Drops what was recorded. */
  set isRecording(isRecording: boolean) {
    this.#isRecording = isRecording;
    for (const set of Object.values(this.keys)) set.clear();
    this.takeEvents();
  }

  get isRecording(): boolean {
    return this.#isRecording;
  }

  mark(kind: ChangedKind, key: string): void {
    if (!this.#isRecording) return;
    const keys = this.keys[kind];
    if (!keys.has(key)) forgetOldest(keys, MAX_KEYS);
    keys.add(key);
    this.onChange();
  }

  /** @param row JSON of the row; undefined if it was not built, as there are too many */
  addEvent(row: string | undefined): void {
    if (!this.#isRecording) return;
    if (row === undefined || this.#events.length >= MAX_EVENTS) this.#skippedEvents++;
    else this.#events.push(row);
    this.onChange();
  }

  takeEvents(): { readonly rows: readonly string[]; readonly skipped: number } {
    const taken = { rows: this.#events, skipped: this.#skippedEvents };
    this.#events = [];
    this.#skippedEvents = 0;
    return taken;
  }

  /** Takes up to `limit` keys, the oldest first. */
  take(kind: ChangedKind, limit = Number.POSITIVE_INFINITY): string[] {
    const set = this.keys[kind];
    const taken: string[] = [];
    for (const key of set) {
      if (taken.length >= limit) break;
      taken.push(key);
    }
    for (const key of taken) set.delete(key);
    return taken;
  }

  /** True if there is something to send, beside samples of GPUs. */
  get hasChanges(): boolean {
    if (this.#events.length > 0 || this.#skippedEvents > 0) return true;
    return Object.entries(this.keys).some(
      ([kind, set]) => kind !== 'samples' && kind !== 'processes' && set.size > 0,
    );
  }
}
