import { countsIn } from '../facts/counts.js';
import { shapesIn } from '../facts/values.js';
import { differInShapes } from './dtype-rules.js';
import {
  BOUND,
  DIFFERENT_VALUES,
  DIVISION_OF_WORK,
  NO_ARRAY,
  NO_SIZE,
  NUMBER_OF_PROCESSES,
  SIZE_NAMED,
  TABULAR,
} from './no-shape.js';
import { requiredShapeRules, SHAPE_NAMED, shapesOfTensors } from './required-shape-rules.js';
import { type Rule, statementRule } from './rule.js';

const SHAPE = 'snakepit.error.shape_mismatch';

const SHAPES_ALONE =
  /\b(?:inconsistent|incompatible|mismatch\w{2,3}|differing|unequal) (?:\w{1,12} )?shapes\b|\bmismatched (?:\w{1,12} )?shape\b|\b(?:inconsistent|incompatible) (?:\w{1,12} ){0,2}dimensions?[.!]?$/i;
/** Two things whose sizes must agree: `dimension of a and b should be the same`. */
const SIZES_OF_TWO =
  /\b(?:(?:shape|size|dimension)s? of .{1,40}? and .{1,40}?|shapes\b.{1,80}? of .{1,60}?) (?:must|should|ha(?:s|ve) to) (?:be (?:the same|equal|identical)|match|agree)\b/i;
const FAILS_TO =
  /\b(?:cannot|can't|could not|couldn't|unable|failed|attempt\w{0,3}) (?:to )?(?:copy|assign|load|feed|fit|convert|write|put|store|set|insert)\b.{0,120}\b(?:in)?to\b/i;
/** A number of values that do not fit in another number of places. */
const COUNT_DOES_NOT_FIT =
  /\b(?:cannot|can't|could not|unable to|attempt\w{0,3} to) (?:assign|copy|load|put|store|insert|set|scatter)\b.{0,60}?\d (?:\w{1,12} ){0,2}(?:values?|tokens?|elements?|items?|rows?|entries)\b.{0,40}?\b(?:in)?to (?:the )?\d/i;
/** Arguments whose lengths must agree: `x and y must have the same length`. */
const SAME_LENGTH =
  /\b(?:must|should|needs? to|ha(?:s|ve) to|are not|expected to|required to) (?:all |both )?(?:be |have )?(?:of )?(?:the |an )?(?:same|equal|identical) (?:length|size|shape|dimension)s?\b|\blengths? of .{1,40}? and .{1,40}? (?:must|should|ha(?:s|ve) to) (?:be (?:the same|equal)|match|agree)\b|\bdo(?:es)? not have (?:consistent|equal|matching|the same) (?:lengths?|sizes?|shapes?)\b|\blength\b.{0,20}?\b(?:must|should) be (?:the )?(?:same|equal) (?:as|to)\b/i;
/** An operation that cannot take the shapes: `cannot call add with inputs of shapes (3, 8) and (2, 8)`. */
const CANNOT_TAKE = /\b(?:cannot|can't|could not|unable to|failed to)\b.{0,120}\b(?:shapes?|of sizes?)\b/i;
/** A mismatch that is all the statement names, with or without its values. */
const NAMED_MISMATCH =
  /(?:^|: )(?:shape|size|dimension|length)s? mis-?match\b(?!-)|\b(?:shape|size|dimension|length)s? mis-?match[.!]?$/i;
/** An operation that keeps the number of elements. */
const KEEPS_SIZE =
  /\b(?:reshape|view|resize)\b.{0,40}\b(?:must|should|has to) (?:maintain|preserve|keep|not change)\b/i;

/** One thing with several shapes: `more than one value for spatial_shape found`. */
const SEVERAL_SHAPES = /\b(?:more than one|multiple|several) .{0,40}?shapes?\b/i;
/** Classes that are raised only when shapes disagree. */
const SHAPE_TYPES = /(?:Shape(?:Mismatch)?|(?:Dimension|Size)Mismatch|TensorDimension)(?:Error|Exception)$/;

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
      !NUMBER_OF_PROCESSES.test(text) &&
      (signs.includes('tensor') ||
        shapesIn(text).length > 1 ||
        (countsIn(text).length > 1 && !BOUND.test(text))),
  ),
  statementRule(
    'two-shapes-in-contrast',
    SHAPE,
    ['shape', 'disagreement'],
    ({ text, signs }) =>
      shapesIn(text).length > 1 &&
      (signs.includes('tensor') ||
        signs.includes('different shapes') ||
        (SHAPE_NAMED.test(text) && (shapesOfTensors(text) > 1 || text.includes('!=')))) &&
      (!NO_SIZE.test(text) || shapesOfTensors(text) > 0) &&
      !DIVISION_OF_WORK.test(text) &&
      !(DIFFERENT_VALUES.test(text) && !SIZE_NAMED.test(text)),
  ),
  statementRule(
    'counts-differ',
    SHAPE,
    ['shape', 'disagreement', 'tensor'],
    ({ text }) =>
      countsIn(text).length > 1 &&
      !TABULAR.test(text) &&
      !DIVISION_OF_WORK.test(text) &&
      !NO_SIZE.test(text) &&
      !DIFFERENT_VALUES.test(text),
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
  statementRule(
    'lengths-must-agree',
    SHAPE,
    [],
    ({ text }) =>
      SAME_LENGTH.test(text) && !NO_ARRAY.test(text) && !TABULAR.test(text) && !DIVISION_OF_WORK.test(text),
  ),
  statementRule('count-does-not-fit', SHAPE, [], ({ text }) => COUNT_DOES_NOT_FIT.test(text)),
  statementRule(
    'several-shapes',
    SHAPE,
    ['shape'],
    ({ text }) => SEVERAL_SHAPES.test(text) && shapesOfTensors(text) > 1,
  ),
  ...requiredShapeRules,
  {
    name: 'shape-exception-type',
    event: SHAPE,
    evidence: ({ type, statements }) => (SHAPE_TYPES.test(type) ? (statements[0]?.text ?? '') : undefined),
  },
];
