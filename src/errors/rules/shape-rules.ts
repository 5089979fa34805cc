import { countsIn } from '../facts/counts.js';
import { shapesIn } from '../facts/values.js';
import { differInShapes } from './dtype-rules.js';
import { type Rule, statementRule } from './rule.js';

const SHAPE = 'snakepit.error.shape_mismatch';
const RANK = 'snakepit.error.dimension_error';

const listsIn = (text: string) => shapesIn(text).map(({ value }) => value);

/** True if two shapes of the same number of dimensions differ: their ranks agree. */
const haveEqualRanks = (text: string): boolean => {
  const shapes = listsIn(text).filter(({ length }) => length > 1);
  return shapes.length > 1 && shapes.every(({ length }) => length === shapes[0]?.length);
};
const RANK_NOUN =
  /\b(?:tensors?|n?d?arrays?|matri(?:x|ces)|input|inputs|operands?|padding|images?|batch\d?|arguments?|targets?|ndims?|dims?|dimensions?|dimensionality|rank)\b/i;
/** A number of dimensions that is demanded, whatever of: `endog must be 1D or 2D`. */
const DEMANDED_RANK =
  /\b(?:expect(?:ed|s)?|requires?|(?:(?:must|should|ha(?:s|ve) to|needs? to)|expect\w{0,3}.{1,60}? to) be) (?:at (?:least|most) )?(?:an? )?(?:\d or )?(?:\d-?d(?:im(?:ension(?:al|s)?|s)?)?|(?:one|two|three|four)-dimensional)\b(?! (?:plots?|charts?|videos?|prints?|printers?|models?|views?|scenes?|sequences?|lists?|tuples?))/i;
/** Ranks that are positions: of a process, of a low-rank factor. */
const POSITION =
  /\branks? (?:must|should|has to) be (?:between|positive|less|smaller|lower|non-negative|an? int|in (?:the )?range)/i;

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
  statementRule('rank-out-of-range', RANK, ['rank out of range'], ({ text }) => !FOREIGN.test(text)),
  statementRule('ranks-differ', RANK, ['same rank']),
  statementRule('ranks-mismatch', RANK, [], ({ text }) => RANKS_MISMATCH.test(text)),
  statementRule(
    'rank-required',
    RANK,
    ['rank', 'required rank'],
    ({ text }) =>
      (RANK_NOUN.test(text) || DEMANDED_RANK.test(text)) &&
      !FOREIGN.test(text) &&
      !POSITION.test(text) &&
      !SOME_DIMENSIONS.test(text) &&
      (!haveEqualRanks(text) || contradictRank(text)),
  ),
  statementRule('symbolic-rank', RANK, ['shape', 'requirement'], ({ text }) => lacksSymbolicRank(text)),
];

/** Messages about the values, not the size of a tensor. */
const VALUES =
  /\bmore than\b|\bconstraint\b|\binvalid values?\b|\b(?:must|should) be (?:[<>]|positive\b|non-?negative\b|negative\b|greater than zero\b)/i;
const SHAPES_ALONE =
  /\b(?:inconsistent|incompatible|mismatch\w{2,3}|differing|unequal) (?:\w{1,12} )?shapes\b|\bmismatched (?:\w{1,12} )?shape\b|\b(?:inconsistent|incompatible) (?:\w{1,12} ){0,2}dimensions?[.!]?$/i;
/** Two things whose sizes must agree: `dimension of a and b should be the same`. */
const SIZES_OF_TWO =
  /\b(?:shape|size|dimension)s? of .{1,40}? and .{1,40}? (?:must|should|ha(?:s|ve) to) (?:be (?:the same|equal|identical)|match|agree)\b/i;
const FAILS_TO =
  /\b(?:cannot|can't|could not|couldn't|unable|failed|attempt\w{0,3}) (?:to )?(?:copy|assign|load|feed|fit|convert|write|put|store|set|insert)\b.{0,120}\b(?:in)?to\b/i;
/** A shape that an argument must have: `k must have shape (batch, heads, size)`. */
const MUST_HAVE =
  /\b(?:must|should|needs to|has to|have to) (?:have|be of|be with) (?:\S{1,20} ){0,4}?(?:shape\b(?! (?:of )?(?!of\b)[a-z])|\S{2,8} shape\b)/i;
/** A number of values that do not fit in another number of places. */
const COUNT_DOES_NOT_FIT =
  /\b(?:cannot|can't|could not|unable to|attempt\w{0,3} to) (?:assign|copy|load|put|store|insert|set|scatter)\b.{0,60}?\d (?:\w{1,12} ){0,2}(?:values?|tokens?|elements?|items?|rows?|entries)\b.{0,40}?\b(?:in)?to (?:the )?\d/i;
/** Tables of files, whose columns are no dimensions. */
const TABULAR = /\b(?:sheets?|csv|tsv|excel|header|fields?)\b/i;
/** An operation that cannot take the shapes: `cannot call add with inputs of shapes (3, 8) and (2, 8)`. */
const CANNOT_TAKE = /\b(?:cannot|can't|could not|unable to|failed to)\b.{0,120}\b(?:shapes?|of sizes?)\b/i;
/** A mismatch that is all the statement names, with or without its values. */
const NAMED_MISMATCH =
  /(?:^|: )(?:shape|size|dimension|length)s? mis-?match\b(?!-)|\b(?:shape|size|dimension|length)s? mis-?match[.!]?$/i;
/** A shape that an argument must have: `boxes shape should be (N, 5)`. */
const SHAPE_MUST_BE = /\bshapes?(?: of \S{1,40})? (?:must|should|has to|needs to) be [[({]/i;
/** Nothing but the shapes of two things: `mask shape: (480, 641), target dims: 480, 640`. */
const LISTED_SHAPES =
  /^.{0,60}?\b(?:shape|dim(?:ension)?s?|size)(?: is)? ?[:=] ?.{1,80}?[,;] ?.{1,40}?\b(?:shape|dim(?:ension)?s?|size)(?: is)? ?[:=] ?.{1,80}$/i;
/** The size of a dimension. */
const SIZE_OF_DIMENSION = /\bsize\b.{0,60}\bdimension\b|\bdimension\b.{0,60}\bsize\b/i;
/** A number of dimensions that only a vector's length can be. */
const LENGTH_OF_VECTOR = /\b(?:expect\w{0,3}|requires?|must have)\b.{0,40}?\b\d{3,7} dimensions?\b/i;
/** An operation that keeps the number of elements. */
const KEEPS_SIZE =
  /\b(?:reshape|view|resize)\b.{0,40}\b(?:must|should|has to) (?:maintain|preserve|keep|not change)\b/i;
/** How work is divided among processes and devices: an option, not a tensor. */
const DIVISION_OF_WORK =
  /\bdivisible by\b.{0,60}\b(?:gpus?|devices|ranks|processes|workers|nodes|replicas|world[_ ]size)\b/i;
const shapesOfTensors = (text: string): number => listsIn(text).filter(({ length }) => length > 1).length;

/** A limit, which is no counterpart. */
const BOUND = /\bexpected at (?:least|most)\b/i;

/** Rules of shapes that disagree. */
export const shapeRules: readonly Rule[] = [
  statementRule('typed-shapes-differ', SHAPE, ['same dtype'], ({ text }) => differInShapes(text)),
  statementRule('shape-operation-failed', SHAPE, ['shape operation failed']),
  statementRule('shape-mismatch-named', SHAPE, [], ({ text }) => NAMED_MISMATCH.test(text)),
  statementRule('size-must-stay', SHAPE, [], ({ text }) => KEEPS_SIZE.test(text)),
  statementRule(
    'shapes-differ',
    SHAPE,
    ['different shapes'],
    ({ text, signs }) =>
      signs.includes('tensor') ||
      shapesIn(text).length > 1 ||
      (countsIn(text).length > 1 && !BOUND.test(text)),
  ),
  statementRule(
    'two-shapes-in-contrast',
    SHAPE,
    ['shape', 'disagreement'],
    ({ text, signs }) =>
      shapesIn(text).length > 1 &&
      (signs.includes('tensor') || signs.includes('different shapes')) &&
      !DIVISION_OF_WORK.test(text),
  ),
  statementRule(
    'counts-differ',
    SHAPE,
    ['shape', 'disagreement', 'tensor'],
    ({ text }) => countsIn(text).length > 1 && !TABULAR.test(text) && !DIVISION_OF_WORK.test(text),
  ),
  statementRule(
    'incompatible-shapes',
    SHAPE,
    ['shape'],
    ({ text }) => SHAPES_ALONE.test(text) || SIZES_OF_TWO.test(text),
  ),
  statementRule(
    'shape-does-not-fit',
    SHAPE,
    ['shape'],
    ({ text }) => (FAILS_TO.test(text) || CANNOT_TAKE.test(text)) && shapesOfTensors(text) > 1,
  ),
  statementRule('count-does-not-fit', SHAPE, [], ({ text }) => COUNT_DOES_NOT_FIT.test(text)),
  statementRule(
    'shape-required',
    SHAPE,
    ['shape'],
    ({ text }) => MUST_HAVE.test(text) || SHAPE_MUST_BE.test(text),
  ),
  statementRule(
    'shapes-listed',
    SHAPE,
    ['shape'],
    ({ text }) => LISTED_SHAPES.test(text) && shapesIn(text).length > 0,
  ),
  statementRule('vector-length-required', SHAPE, ['requirement'], ({ text }) => LENGTH_OF_VECTOR.test(text)),
  statementRule(
    'two-shapes-required',
    SHAPE,
    ['shape', 'requirement'],
    ({ text }) => shapesOfTensors(text) > 1,
  ),
  statementRule(
    'count-required',
    SHAPE,
    ['shape', 'requirement'],
    ({ text, signs }) =>
      (signs.includes('tensor') || SIZE_OF_DIMENSION.test(text)) &&
      (countsIn(text).length > 1 || shapesIn(text).length > 1) &&
      !VALUES.test(text) &&
      !TABULAR.test(text),
  ),
];
