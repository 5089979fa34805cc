import { countsIn } from '../facts/counts.js';
import { shapesIn } from '../facts/values.js';
import { DIVISION_OF_WORK, TABULAR, VALUES } from './no-shape.js';
import { type Rule, statementRule } from './rule.js';

const SHAPE = 'snakepit.error.shape_mismatch';

/** A shape by its name. */
export const SHAPE_NAMED = /\bshapes?\b/i;

/** Returns how many shapes of more than one dimension the text contains. */
export const shapesOfTensors = (text: string): number =>
  shapesIn(text).filter(({ value }) => value.length > 1).length;

/** A shape that an argument must have: `k must have shape (batch, heads, size)`. */
const MUST_HAVE =
  /\b(?:must|should|needs to|has to|have to) (?:have|be of|be with) (?!(?:set|been|\w{1,20}ed)\b)(?:\S{1,20} ){0,4}?(?:shape\b(?! (?:of )?(?!of\b)[a-z])|\S{2,8} shape\b)/i;
/** A shape that an argument must have: `boxes shape should be (N, 5)`. */
const SHAPE_MUST_BE =
  /\bshapes?(?: of \S{1,40})? (?:must|should|has to|needs to) be [[({]|\bshape [[({][^)\]}]{1,60}[)\]}] (?:must|should) be\b|\bshapes?\b.{0,20}?\b(?:cannot|must not|can't|should not) be (?:larger|smaller|greater|bigger) than\b.{0,40}?\b(?:shape|size)s?\b|\b(?:must|should|has to|needs to) (?:be|have) (?:\S{1,20} ){0,4}?shape [[({]|\bexpect\w{0,3} (?:\S{1,20} ){0,3}?shape [[({].{1,80}?[\])}],? (?:but )?(?:got|found|received)\b/i;
/** The size of one dimension that is demanded: `x.shape[-1] (64) must be >= 96`, `Expected dimension 2 to be 3`. */
const DIMENSION_MUST_BE =
  /\.(?:shape|size)[[(]-?\d{1,2}[\])][^.]{0,30}?\b(?:must|should|has to|needs to) be\b.{0,60}?\d|\bexpect\w{0,3} .{0,40}?\bdim(?:ension)?(?: \d{1,2})? to be \d|\b(?:first|second|third|last|leading|trailing|inner|outer|batch|hidden|feature|channel) dim(?:ension)?\b.{0,20}?\b(?:must|should|has to|needs to) be\b(?! divisible).{0,60}?\d|\.shape\[-?\d{1,2}\][^.]{0,12}?!=|\bexpect\w{0,3} .{0,40}?\bdim(?:ension)? \d{2,9}\b.{0,10}?\bgot \d|\bat least as large as\b.{0,40}?\bin (?:every|each|any) dimension/i;
/** A shape that something is expected to have, or the only one that is taken. */
const SHAPE_EXPECTED =
  /\bexpect\w{0,3} .{1,60}? to (?:have|be of) (?:the |an? )?shape\b(?! (?:of )?(?!of\b)[a-z])|\bonly .{0,40}?\bshape \S{1,20} .{0,20}?\b(?:supported|allowed|accepted)\b|\bonly (?:supports?|accepts?|takes) .{0,40}?\bshape ?=? ?[[({]|\b(?:must|should) be (?:an? )?(?:vectors?|arrays?|tensors?) of (?:length|shape|size) \d/i;
/** A shape with symbolic dimensions that an argument must be: `rotation must be (N, 4); got (10, 3)`. */
const SYMBOLIC_SHAPE_MUST_BE =
  /\b(?:must|should|needs? to|needed to|expected to) be (?=[[(][^)\]]{0,40}[A-Z.])[[(](?:[A-Z]\w{0,8}|\d{1,9}|\.{3}), ?(?:[A-Z]\w{0,8}|\d{1,9}|\.{3})(?:, ?\w{1,9}){0,6}[)\]]|\b(?:must|should|needs? to) be (?:an? )?[A-Z] ?x ?[A-Z]\b/;
/** A number of dimensions that only a vector's length can be. */
const LENGTH_OF_VECTOR = /\b(?:expect\w{0,3}|requires?|must have)\b.{0,40}?\b\d{3,7} dimensions?\b/i;
/** The size of a dimension. */
const SIZE_OF_DIMENSION = /\bsize\b.{0,60}\bdimension\b|\bdimension\b.{0,60}\bsize\b/i;
/** Nothing but the shapes of two things: `mask shape: (480, 641), target dims: 480, 640`. */
const LISTED_SHAPES =
  /^.{0,60}?\b(?:shape|dim(?:ension)?s?|size)(?: is)? ?[:=] ?.{1,80}?[,;] ?.{1,40}?\b(?:shape|dim(?:ension)?s?|size)(?: is)? ?[:=] ?.{1,80}$|\bshape (?:is|was) [[({].{1,60}?[\])}],? (?:and|but|while) .{1,40}?\bshape (?:is|was) [[({]/i;

/** Rules of shapes that an argument must have. */
export const requiredShapeRules: readonly Rule[] = [
  statementRule(
    'shape-required',
    SHAPE,
    ['shape'],
    ({ text }) => MUST_HAVE.test(text) || SHAPE_MUST_BE.test(text) || SHAPE_EXPECTED.test(text),
  ),
  statementRule(
    'symbolic-shape-required',
    SHAPE,
    [],
    ({ text }) => SYMBOLIC_SHAPE_MUST_BE.test(text) && shapesIn(text).length > 0,
  ),
  statementRule(
    'dimension-required',
    SHAPE,
    ['shape'],
    ({ text }) => DIMENSION_MUST_BE.test(text) && !DIVISION_OF_WORK.test(text),
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
      (signs.includes('tensor') ||
        SIZE_OF_DIMENSION.test(text) ||
        (SHAPE_NAMED.test(text) && shapesIn(text).length > 1)) &&
      (countsIn(text).length > 1 || shapesIn(text).length > 1) &&
      !VALUES.test(text) &&
      !TABULAR.test(text),
  ),
];
