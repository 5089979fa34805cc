import type { Located } from '../facts/values.js';

/** Two values that disagree. */
export interface Pair<T> {
  readonly expected: T;
  readonly got: T;
}

/** Words after which a value is the actual one. */
const ACTUAL = /\b(?:got|found|received|given|actual\w{0,2}|instead of)\b/i;
/** Words between two values that make the second one the reference. */
const SECOND_IS_REFERENCE =
  /\b(?:expect\w{0,3}|requires?|required|requested|desire[sd]?|target|should be|must be (?:the same|equal)|training|(?:does|do|is|are|was) ?(?:not|n't) (?:match|the same|compatible|consistent|equal|agree)|doesn't match|n't match|different (?:from|to)|differs? from|into|to (?:length|dtype|shape|size)|model is|declared)\b|\bto dtype\b/i;

/** Words directly before the actual value, as in `expected one of A or B, but got C`. */
const ACTUAL_BEFORE =
  /\b(?:got|found|received|given)(?: (?:an? |the )?\w{1,12})?[\s:'"`=(]{0,4}(?:torch\.|np\.|numpy\.|jnp\.)?$/i;

/** Words directly before the expected value: `expects int32 dtype`. */
const EXPECTED_BEFORE =
  /\b(?:expect\w{0,3}|requires?|must (?:be|have)|should (?:be|have))(?: (?:of|an?|the|d?type))*[\s:'"`=(]{0,4}(?:torch\.|np\.|numpy\.|jnp\.)?$/i;

/** Returns the value that a message names alone, as the expected or the actual one. */
export function singleValue<T>(text: string, [value]: readonly Located<T>[]): { expected?: T; got?: T } {
  if (value === undefined) return {};
  const before = text.slice(Math.max(0, value.from - 40), value.from);
  if (ACTUAL_BEFORE.test(before)) return { got: value.value };
  return EXPECTED_BEFORE.test(before) ? { expected: value.value } : {};
}

/** Returns the actual value of several that a message names, if the words before one of them mark it. */
export function actualValue<T>(text: string, values: readonly Located<T>[]): T | undefined {
  const marked = values.filter(({ from }) => ACTUAL_BEFORE.test(text.slice(Math.max(0, from - 40), from)));
  return marked.length === 1 ? marked[0]?.value : undefined;
}

/**
 * Returns the two values with the expected one recognized by the words around it. If neither is a reference for the other, `expected`
 * is the one named first. Returns `undefined` unless there are exactly two values.
 */
export function orderedPair<T>(text: string, values: readonly Located<T>[]): Pair<T> | undefined {
  const [first, second, more] = values;
  if (first === undefined || second === undefined || more !== undefined) return undefined;
  const between = text.slice(first.to, second.from);
  const isReversed = SECOND_IS_REFERENCE.test(between) && !ACTUAL.test(between);
  return isReversed
    ? { expected: second.value, got: first.value }
    : { expected: first.value, got: second.value };
}
