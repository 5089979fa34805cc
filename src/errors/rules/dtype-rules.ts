import { dtypesIn, shapesIn } from '../facts/values.js';
import { type Rule, statementRule } from './rule.js';

const DTYPE = 'snakepit.error.dtype_mismatch';
const NAMED = /\b(?:dtypes?|data[- ]?types?|scalar types?|elem(?:ent)? types?|precisions?)\b|\.dtype\b/i;
const TYPE_NAMED = /\b(?:d?types?|data[- ]?types?|scalar types?|precisions?|masks?|tensors?)\b|\.dtype\b/i;
/** A tensor or an index of a kind: `BoolTensor`, `integer dtype`. */
const KIND = /\b(?:float\w{0,8}|integer|boolean|complex|real|bool)(?:[- ](?:point|valued))?\b/i;
/** Words that are used of data types alone. */
const STRONG = /\bcoerced\b|\bcasting rule|\bonly (?:supports?|accepts?)\b/i;
const CONTRAST = /\b(?:but|got|found|since|while|whereas|instead)\b/i;
const KINDS = /\b(?:floats?|floating[- ]point|integers?|integral|boolean|complex|real)\b/i;
/** A data type with its size. Python's `float` and `int` are none. */
const SIZED = /\b(?:u?int|b?float|bf|fp)(?:8|16|32|64)\b/i;
const CAST = /\b(?:cannot|can't|could not|couldn't|unable to) (?:be )?(?:safely )?(?:cast|promote|unify)/i;
/** A value that a data type cannot hold. */
const VALUE_FOR_DTYPE =
  /\b(?:cannot|can't|could not|couldn't|unable to) (?:be )?(?:safely )?(?:convert|assign|store|set|insert)\w{0,3}\b.{0,120}\bdtype\b|\binvalid value\b.{0,120}\bfor (?:\w{1,12} ){0,2}dtype\b/i;
const LACKS =
  /\bnot implemented\b|\bnot (?:currently )?support|n't support|\bunsupported operand|\bconcrete values?\b|\bto string\b|\bstring to\b/i;

/** True if types such as `float32[3]` and `float32[2]` differ in the shapes alone. */
export const differInShapes = (text: string): boolean =>
  !NAMED.test(text) && dtypesIn(text).length === 1 && shapesIn(text).length > 1;

/** Rules of data types that disagree. */
export const dtypeRules: readonly Rule[] = [
  statementRule(
    'dtypes-differ',
    DTYPE,
    ['same dtype'],
    ({ text, signs }) =>
      !differInShapes(text) && (NAMED.test(text) || signs.includes('tensor') || dtypesIn(text).length > 0),
  ),
  statementRule(
    'dtype-disagrees',
    DTYPE,
    ['different dtypes'],
    ({ text, signs }) =>
      !differInShapes(text) &&
      (NAMED.test(text) ||
        STRONG.test(text) ||
        dtypesIn(text).length > 1 ||
        (signs.includes('tensor') && dtypesIn(text).length > 0)),
  ),
  statementRule(
    'two-dtypes-in-contrast',
    DTYPE,
    ['required dtype'],
    ({ text }) =>
      dtypesIn(text).length > 1 && (TYPE_NAMED.test(text) || STRONG.test(text)) && !LACKS.test(text),
  ),
  statementRule(
    'two-named-dtypes',
    DTYPE,
    [],
    ({ text }) => NAMED.test(text) && CONTRAST.test(text) && dtypesIn(text).length > 1 && !LACKS.test(text),
  ),
  statementRule(
    'dtype-kind-in-contrast',
    DTYPE,
    ['required dtype'],
    ({ text }) => KINDS.test(text) && SIZED.test(text) && CONTRAST.test(text) && !LACKS.test(text),
  ),
  statementRule('dtype-cast', DTYPE, [], ({ text }) => CAST.test(text) && dtypesIn(text).length > 1),
  statementRule(
    'value-for-dtype',
    DTYPE,
    [],
    ({ text }) => VALUE_FOR_DTYPE.test(text) && dtypesIn(text).length > 0 && !LACKS.test(text),
  ),
  statementRule(
    'dtype-required',
    DTYPE,
    ['required dtype'],
    ({ text }) => NAMED.test(text) && (dtypesIn(text).length > 0 || KIND.test(text)) && !LACKS.test(text),
  ),
];
