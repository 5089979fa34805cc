import { shapesIn } from '../facts/values.js';

const WORDS: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3, four: 4, five: 5 };
const RANK =
  '(?:(\\d{1,2}|one|two|three|four|five)[ -]?(?:d|dims?|dimensions?|dimension\\(s\\)|dimensional|dimensionality)(?!\\w)|(?:dimension of|dimensionality|\\w{1,12}_dim):?[ =](\\d{1,2})(?![.\\d]\\d))';
const EXPECTED = '(?:expect\\w{0,3}|require[sd]?|must|should|only|needs?|ha(?:s|ve) to)';
const GOT = '(?:got|found|received|given|but|has|is|was|array with)';

/** `expected 2 dimensions, got 3`. The second number may stand alone: `Got: 3`. */
const EXPECTED_FIRST = new RegExp(
  `\\b${EXPECTED}\\b.{0,60}?\\b${RANK}.{0,80}?(?:\\b${GOT}\\b.{0,60}?\\b${RANK}|\\b(?:got|found|received|was|not):? (\\d{1,2})(?:[.,!]|$| instead))`,
  'i',
);
/** `Received 1 dimension(s) but expected 2 dimensions`. */
const GOT_FIRST = new RegExp(
  `\\b(?:got|found|received|given|has|have|with)\\b.{0,40}?\\b${RANK}.{0,60}?\\b${EXPECTED}\\b.{0,40}?\\b${RANK}`,
  'i',
);
/** `must be 1-dimensional. Got shape=(4, 4)`. */
const EXPECTED_ALONE = new RegExp(
  `\\b${EXPECTED}\\b.{0,60}?\\b${RANK}(?! or)(?<rest>.{0,80}?\\b(?:got|found|received|given)\\b.*)`,
  'i',
);

/** `dimension mismatch: expected 2, got 3`. */
const MISMATCH = /\bdimension(?:ality|s)? mis-?match\b.{0,60}?\bexpected (\d), got (\d)\b/i;

/** Returns the number of dimensions that a message expected and the one that it found, if both are clear. */
export function rankValues(text: string): { readonly expected_dims?: number; readonly got_dims?: number } {
  const first = numbers(MISMATCH.exec(text) ?? EXPECTED_FIRST.exec(text));
  if (first !== undefined) return pair(first[0], first[1]);
  const reversed = numbers(GOT_FIRST.exec(text));
  if (reversed !== undefined) return pair(reversed[1], reversed[0]);
  const alone = EXPECTED_ALONE.exec(text);
  const shapes = shapesIn(alone?.groups?.rest ?? '');
  if (alone === null || shapes.length !== 1) return {};
  return pair(toNumber(alone[1] ?? alone[2] ?? ''), shapes[0]?.value.length);
}

/** Returns the two numbers of a match, whatever the notation. */
function numbers(match: RegExpExecArray | null): readonly [number, number] | undefined {
  const [first, second] = match?.slice(1).filter((text) => text !== undefined) ?? [];
  return first === undefined || second === undefined ? undefined : [toNumber(first), toNumber(second)];
}

const toNumber = (text: string): number => WORDS[text.toLowerCase()] ?? Number(text);

const pair = (expected_dims?: number, got_dims?: number) =>
  expected_dims === undefined || got_dims === undefined || expected_dims === got_dims
    ? {}
    : { expected_dims, got_dims };
