import { randomFrom } from '../../helpers/random.js';

export type Instrument = (breaker: never) => void;

/** Runs a random program and returns its notes. */
export type RandomProgram = (seed: number, instrument: Instrument) => Promise<string[]>;

const TICKS = 12;

/** A run of a random program: choices that depend only on the seed, and notes of everything that a host can observe. */
export class RandomRun {
  readonly notes: string[] = [];
  readonly errors = [new Error('first'), new TypeError('second'), new RangeError('third')];
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** Returns a random integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** Returns one of the choices. */
  one<T>(...choices: T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Returns a name of a value: errors of the program by identity, those of the library by class, code and message. */
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

  /** Notes the settlement of a promise and the microtasks around it, so that an additional microtask changes the notes. */
  follow(label: string, promise: Promise<unknown>): void {
    promise.then(
      (value) => this.note(label, 'resolved', value),
      (error) => this.note(label, 'rejected', error),
    );
    let tick = 0;
    const next = () => {
      this.note('tick', String(tick));
      if (tick++ < TICKS) queueMicrotask(next);
    };
    queueMicrotask(next);
  }

  /**
   * Returns a function that notes its call and settles as chosen.
   *
   * @param delay ms; 0 settles in a microtask, 1 synchronously
   * @param outcome index of the error to fail with; any other number succeeds
   */
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
