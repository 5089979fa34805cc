import { randomFrom } from '../../../helpers/random.js';

export type Instrument = (breaker: never) => void;
const TICKS = 12;

/**
 * A random program under way: its choices, which are the same for the same seed, and its notes of all that a host can
 * see, for two runs to be compared.
 */
export class Run {
  readonly notes: string[] = [];
  readonly errors = [new Error('first'), new TypeError('second'), new RangeError('third')];
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  one<T>(...choices: T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Errors of ours by identity, those of the library by what they say. */
  name(value: unknown): string {
    const index = this.errors.indexOf(value as Error);
    if (index >= 0) return `error ${index}`;
    return value instanceof Error
      ? `${value.constructor.name} ${Reflect.get(value, 'code')} ${value.message}`
      : (JSON.stringify(value) ?? 'undefined');
  }

  note = (...parts: unknown[]): void => {
    this.notes.push(parts.map((part) => (typeof part === 'string' ? part : this.name(part))).join(' '));
  };

  /** Notes when a promise settles, among ticks of microtasks: one more on its way, and it comes later. */
  follow(what: string, promise: Promise<unknown>): void {
    promise.then(
      (value) => this.note(what, 'resolved', value),
      (error) => this.note(what, 'rejected', error),
    );
    let tick = 0;
    const next = () => {
      this.note('tick', String(tick));
      if (tick++ < TICKS) queueMicrotask(next);
    };
    queueMicrotask(next);
  }

  /** Work that ends as the program chose, at once or later. */
  work(call: number, delay: number, outcome: number): () => unknown {
    return () => {
      this.note('work', String(call));
      const end = () => {
        const error = this.errors[outcome];
        if (error !== undefined) throw error;
        return { call };
      };
      if (delay === 0) return Promise.resolve().then(end);
      if (delay === 1) return end();
      return new Promise((done) => setTimeout(done, delay)).then(end);
    };
  }
}
