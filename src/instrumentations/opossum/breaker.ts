import type { CircuitState } from '../breakers/pool.js';

/** An opossum breaker, versions 5 to 10: the members that are read. */
export interface OpossumBreaker {
  /** Name of the breaker; a random UUID if neither it nor its function has a name. */
  readonly name: string;
  /** Group of the breaker. @default its name */
  readonly group: string;
  /** False if the breaker lets every call through. */
  readonly enabled: boolean;
  /** True in the state closed. */
  readonly closed: boolean;
  /** True in the state open. */
  readonly opened: boolean;
  /** True in the state half-open. */
  readonly halfOpen: boolean;
  /** True while a half-open breaker waits for its trial call. */
  readonly pendingClose: boolean;
  /** Counts in the rolling window. */
  readonly stats: {
    /** Failed calls. */
    readonly failures: number;
  };
  /** Calls the function of the breaker. */
  fire(...args: never[]): Promise<unknown>;
  /** Emits an event to the listeners. */
  emit(event: string, ...args: unknown[]): boolean;
  /** Returns the events that have listeners. */
  eventNames(): (string | symbol)[];
}

/** Options of the constructor, which the breaker keeps in an untyped property. */
interface Options {
  readonly cache?: boolean;
  readonly coalesce?: boolean;
  readonly state?: { readonly closed?: boolean; readonly halfOpen?: boolean };
}

/** Name that opossum gives to a breaker around an anonymous function: a random UUID. */
const GENERATED_NAME = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

export const isOpossumBreaker = (value: object): value is OpossumBreaker =>
  ['fire', 'emit', 'healthCheck'].every((method) => typeof Reflect.get(value, method) === 'function') &&
  typeof Reflect.get(value, 'name') === 'string';

/** Returns the name of the breaker or of its group; `undefined` if the host named neither. */
export const nameOf = ({ name, group }: OpossumBreaker): string | undefined =>
  [name, group].find((given) => given !== '' && !GENERATED_NAME.test(given));

export const stateOf = ({ opened, halfOpen }: OpossumBreaker): CircuitState =>
  opened ? 'open' : halfOpen ? 'half_open' : 'closed';

export const optionsOf = (breaker: OpossumBreaker): Options => Reflect.get(breaker, 'options') ?? {};

/** Returns the state of a breaker; while its constructor is running, the state that it will have at its end. */
export function currentState(breaker: OpossumBreaker): CircuitState {
  const { state } = optionsOf(breaker);
  // The constructor ends by adding listeners.
  if (breaker.eventNames().length > 0) return stateOf(breaker);
  // opossum got the option `state` and the method `toJSON` in the same version.
  const hasStateOption = 'toJSON' in breaker;
  if (!hasStateOption || !breaker.closed || state?.closed !== false) return stateOf(breaker);
  return state.halfOpen ? 'half_open' : 'open';
}
