import { shapesIn } from '../facts/values.js';
import { type Rule, statementRule } from './rule.js';

const RANK = 'snakepit.error.dimension_error';

const listsIn = (text: string) => shapesIn(text).map(({ value }) => value);

/** True if two shapes of the same number of dimensions differ: their ranks agree. */
const haveEqualRanks = (text: string): boolean => {
  const shapes = listsIn(text).filter(({ length }) => length > 1);
  return shapes.length > 1 && shapes.every(({ length }) => length === shapes[0]?.length);
};
const RANK_NOUN =
  /\b(?:tensors?|n?d?arrays?|matri(?:x|ces)|inputs?|parameters?|operands?|padding|images?|batch\d?|arguments?|targets?|ndims?|dims?|dimensions?|dimensionality|rank|signals?|vectors?)\b/i;
/** A number of dimensions that is demanded, whatever of: `endog must be 1D or 2D`. */
const DEMANDED_RANK =
  /\b(?:expect(?:ed|s)?|requires?|only (?:defined|implemented|valid) (?:for|on)|(?:(?:must|should|ha(?:s|ve) to|needs? to)|expect\w{0,3}.{1,60}? to) be) (?:at (?:least|most) |either )?(?:an? )?(?:\d or |scalars? or )?(?:\d[- ]?d(?:im(?:ension(?:al|s)?|s)?)?|(?:one|two|three|four)[- ]dimensional)\b(?! (?:plots?|charts?|videos?|prints?|printers?|models?|views?|scenes?|sequences?|lists?|tuples?))/i;
/** Ranks that are positions: of a process, of a low-rank factor. */
const POSITION =
  /\branks?(?: of .{1,40}?)? (?:must|should|has to) be (?:between|positive|less|smaller|lower|non-negative|an? int|in (?:the )?range)/i;

/** Ranks of processes. */
const PROCESS_RANK =
  /process(?:es|[_ ]?group)?\b.{0,40}\branks?\b|\branks?\b.{0,40}\bprocess|\b(?:world|group)[_ ]size\b|\b(?:local|global|node)[_ ]rank\b|\b(?:every|each|all|other|any|on|by|per|across|my) (?:the )?(?:other )?ranks?\b|^\W{0,2}rank \d{1,5}\b[:,]|\brank \d{1,5} (?:to (?!be\b|have\b)[a-z]|did\b|failed\b|exited\b|died\b|sent\b|timed\b|waits?\b)/i;

const isSymbolic = (shape: readonly (number | string)[]): boolean =>
  shape.length > 1 && shape.every((dimension) => /^[A-Z]$/.test(String(dimension)));

/** True if a shape such as `(C, H, W)` is set against one of another number of dimensions. */
const lacksSymbolicRank = (text: string): boolean => {
  const shapes = listsIn(text);
  const symbolic = shapes.find(isSymbolic);
  return (
    symbolic !== undefined && shapes.some((shape) => !isSymbolic(shape) && shape.length !== symbolic.length)
  );
};

/** A few of the dimensions: `must match until the last 2 dims`. */
const SOME_DIMENSIONS = /\b(?:last|first|leading|trailing) \d dim/i;
const DEMANDED_NUMBER = /\bexpect\w{0,3} (?:an? )?(\d)-?d(?:im(?:ension)?al)?\b/i;

/** True if no shape has the number of dimensions that is expected. */
const contradictRank = (text: string): boolean => {
  const expected = Number(DEMANDED_NUMBER.exec(text)?.[1]);
  return expected > 0 && listsIn(text).every(({ length }) => length !== expected);
};
/** Two numbers of dimensions: `dimension mismatch: expected 2, got 3`. */
const RANKS_MISMATCH =
  /\bdimension(?:ality|s)? mis-?match\b[^\d(]{0,60}\b[0-5]\b[^\d(]{0,30}\b[0-5]\b(?!.*\d)/i;

/** Subjects whose dimensions are those of a report. */
const FOREIGN = /\b(?:metrics?|cubes?|reports?|dashboards?|analy(?:tics|sis)|billing|warehouse)\b/i;

/** Rules of tensors with the wrong number of dimensions. */
export const rankRules: readonly Rule[] = [
  statementRule(
    'rank-out-of-range',
    RANK,
    ['rank out of range'],
    ({ text }) => !FOREIGN.test(text) && !PROCESS_RANK.test(text),
  ),
  statementRule(
    'ranks-differ',
    RANK,
    ['same rank'],
    ({ text }) => !FOREIGN.test(text) && !PROCESS_RANK.test(text),
  ),
  statementRule('ranks-mismatch', RANK, [], ({ text }) => RANKS_MISMATCH.test(text)),
  statementRule(
    'rank-required',
    RANK,
    ['rank', 'required rank'],
    ({ text }) =>
      (RANK_NOUN.test(text) || DEMANDED_RANK.test(text)) &&
      !FOREIGN.test(text) &&
      !POSITION.test(text) &&
      !PROCESS_RANK.test(text) &&
      !SOME_DIMENSIONS.test(text) &&
      (!haveEqualRanks(text) || contradictRank(text)),
  ),
  statementRule('symbolic-rank', RANK, ['shape', 'requirement'], ({ text }) => lacksSymbolicRank(text)),
];
