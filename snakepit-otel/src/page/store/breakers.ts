import type { AnyEvent } from 'opentelemetry-instrumentation-snakepit';
import { forgetOldest } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Breaker } from '../contract.js';
import type { Changes } from './changes.js';
import { MAX_BREAKERS, MAX_TRANSITIONS } from './limits.js';
import { numberOf, textOf } from './values.js';

type State = Breaker['state'];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface SeenBreaker extends Omit<Mutable<Breaker>, 'transitions'> {
  transitions: { readonly ts: number; readonly state: State }[];
  /** Failures at which it opened. */
  failureCount?: number;
}

/** States by the numbers of the event. */
const STATES: readonly State[] = ['closed', 'half_open', 'open'];

/** Circuit breakers by the names of their pools. */
export class BreakerList {
  readonly #breakers = new Map<string, SeenBreaker>();
  readonly #changes: Changes;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get all(): readonly SeenBreaker[] {
    return [...this.#breakers.values()].filter(({ isGone }) => !isGone);
  }

  get rows(): Breaker[] {
    return this.all.map(rowOf);
  }

  /** Returns the row of a breaker that changed. */
  row(name: string): Breaker | undefined {
    const breaker = this.#breakers.get(name);
    return breaker && rowOf(breaker);
  }

  readonly onOpened = (event: AnyEvent): void => {
    const breaker = this.#of(event);
    if (breaker === undefined) return;
    breaker.failureCount = numberOf(event.measurements.failure_count);
    this.#change(breaker, 'open', timeOf(event));
  };

  readonly onClosed = (event: AnyEvent): void => this.#changeOf(event, 'closed');

  readonly onHalfOpen = (event: AnyEvent): void => this.#changeOf(event, 'half_open');

  readonly onState = (event: AnyEvent): void => {
    const state = STATES[numberOf(event.measurements.state) ?? -1];
    const isGone = event.measurements.breakers === 0;
    const breaker = this.#of(event, !isGone);
    if (breaker === undefined) return;
    if (isGone) {
      breaker.isGone = true;
      this.#changes.mark('breakers', breaker.name);
    } else if (state !== undefined) this.#change(breaker, state, timeOf(event));
  };

  readonly onRejected = (event: AnyEvent): void => this.#count(event, 'rejected');

  readonly onFailure = (event: AnyEvent): void => this.#count(event, 'failures');

  readonly onSuccess = (event: AnyEvent): void => this.#count(event, 'successes');

  #count(event: AnyEvent, key: 'rejected' | 'failures' | 'successes'): void {
    const breaker = this.#of(event);
    if (breaker === undefined) return;
    breaker[key]++;
    this.#changes.mark('breakers', breaker.name);
  }

  #changeOf(event: AnyEvent, state: State): void {
    const breaker = this.#of(event);
    if (breaker !== undefined) this.#change(breaker, state, timeOf(event));
  }

  #change(breaker: SeenBreaker, state: State, ts: number): void {
    breaker.isGone = undefined;
    if (breaker.state !== state || breaker.transitions.length === 0) {
      breaker.state = state;
      breaker.since = ts;
      breaker.transitions.push({ ts, state });
      if (breaker.transitions.length > MAX_TRANSITIONS) breaker.transitions.shift();
    }
    this.#changes.mark('breakers', breaker.name);
  }

  #of({ metadata: { pool } }: AnyEvent, mayCreate = true): SeenBreaker | undefined {
    const name = textOf(pool, 128) ?? 'default';
    const known = this.#breakers.get(name);
    if (known !== undefined || !mayCreate) return known;
    forgetOldest(this.#breakers, MAX_BREAKERS);
    const since = Date.now();
    const breaker: SeenBreaker = {
      name,
      state: 'closed',
      since,
      rejected: 0,
      failures: 0,
      successes: 0,
      transitions: [],
    };
    this.#breakers.set(name, breaker);
    return breaker;
  }
}

function rowOf({ failureCount: _, ...row }: SeenBreaker): Breaker {
  return { ...row, transitions: [...row.transitions] };
}

/** Returns the time of an event by the clock of its process, ms since 1970. */
export const timeOf = ({ remote }: AnyEvent): number =>
  remote?.timestampNs === undefined ? Date.now() : Math.round(Number(remote.timestampNs) / 1e6);
