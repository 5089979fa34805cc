import { dtypesIn, shapesIn } from '../facts/values.js';
import { type Rule, statementRule } from './rule.js';

const DTYPE = 'snakepit.error.dtype_mismatch';
const NAMED =
  /(?:\b|_)(?:dtypes?|data[- ]?types?|scalar types?|elem(?:ent)? types?|precisions?)\b|\.dtype\b/i;
const TYPE_NAMED = /\b(?:d?types?|data[- ]?types?|scalar types?|precisions?|masks?|tensors?)\b|\.dtype\b/i;
/** A tensor or an index of a kind: `BoolTensor`, `integer dtype`. */
const KIND =
  /\b(?:float\w{0,8}|integer|boolean|complex|real|bool|discrete|inexact)(?:[- ](?:point|valued))?\b/i;
/** Words that are used of data types alone. */
const STRONG = /\bcoerced\b|\bno loop matching\b|\bcasting rule|\bonly (?:supports?|accepts?)\b/i;
const CONTRAST = /\b(?:but|got|found|since|while|whereas|instead)\b|!=/i;
const KINDS = /\b(?:floats?|floating[- ]point|integers?|integral|boolean|complex|real)\b/i;
const KIND_OF_TENSOR =
  /\b(?:floating(?:[- ]point)?|integral|integer|boolean|complex)(?: or \w{1,10})? (?:d?types?|tensors?|arrays?|inputs?|values?)\b/i;
/** A value that was given, which is no tensor. */
const GOT_LITERAL = /\bgot (?:-?\d|['"])/i;
/** Tensors that must be of one type. */
const SAME_TYPE =
  /\b(?:must|should|has to|have to|needs? to|expected to|not) (?:all )?(?:have|be|share) (?:of )?(?:the )?same (?:scalar )?type\b(?! of\b)/i;
/** An operation on values of two data types. */
const MIXES =
  /\b(?:trying|tried|attempt\w{0,3}|cannot|can't|unable|failed|compar\w{1,3}|mix\w{0,3}|re-?assigned)\b/i;
/** A type that an operator does not take. */
const INVALID_TYPE = /\btypes?\b.{0,120}?\b(?:is|are) (?:invalid|not (?:allowed|accepted))\b/i;
const TYPE = /\btypes?\b/i;
/** A data type with its size. Python's `float` and `int` are none. */
const SIZED = /\b(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})?\b/i;
const CAST = /\b(?:cannot|can't|could not|couldn't|unable to) (?:be )?(?:safely )?(?:cast|promote|unify)/i;
/** A value that a data type cannot hold. */
const VALUE_FOR_DTYPE =
  /\b(?:cannot|can't|could not|couldn't|unable to) (?:be )?(?:safely )?(?:convert|assign|store|set|insert)\w{0,3}\b.{0,120}\bdtype\b|\binvalid value\b.{0,120}\bfor (?:\w{1,12} ){0,2}dtype\b/i;
const LACKS =
  /\bnot implemented\b|\bnot (?:currently )?support|n't support|\bunsupported operand|\bconcrete values?\b|\bto string\b|\bstring to\b/i;

/** Types of Python, which are no data types. */
const PYTHON_TYPE = /\b(?:str|list|dict|tuple|None|NoneType|class|instance)\b/;
const shapesOf = (text: string): number => shapesIn(text).filter(({ value }) => value.length > 1).length;

/** A class of Python that was found instead: a check of an argument, not of a data type. */
const PYTHON_CLASS = /<class '(?!numpy|torch|jax|tensorflow)/;
/** Values of a list that are not of one type. */
const LIST_OF_VALUES = /\b(?:list|tuple|dict)\b.{0,60}\bvalues\b/i;
const isPythonType = (text: string): boolean =>
  (PYTHON_CLASS.test(text) || LIST_OF_VALUES.test(text)) && !NAMED.test(text) && !SIZED.test(text);

/** Tensors of one kind that an operation takes: `only works with bool arrays`. */
const ONLY_KIND =
  /\b(?:expecting|only (?:supports?|accepts?|takes|works? (?:with|on|for)|handles?|(?:implemented|defined) for)) (?:\w{1,12} ){0,2}?(?:bool(?:ean)?|int(?:eger)?|float(?:ing)?(?:[- ]point)?|complex)(?: or \w{1,10})? (?:d?types?|tensors?|arrays?|masks?|inputs?)\b/i;
/** A data type of a size that is demanded: `xq must be float32 or float16`. */
const DEMANDED =
  /\b(?:must|should|ha(?:s|ve) to|needs? to) (?:both |all )?be (?:an? |of |either )?(?:(?:packed|contiguous|dense|native|raw) )?(?:torch\.|np\.|jnp\.)?(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})?\b|\b(?:must|should|has to) use (?:torch\.)?(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})?\b(?=[.,;]|$)|\b(?:requires|expects) (?:an? |all )?(?:torch\.)?(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})? (?:inputs?|outputs?|tensors?|arrays?|[a-z]+_[a-z_]{1,30})\b/i;
/** Data types that alone are taken, or that something does not have: `Only Float16 or BFloat16 is supported`. */
const ONLY_SIZED =
  /\bonly (?:\w{1,12} ){0,2}?(?:torch\.)?(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})?\b.{0,60}?\b(?:is|are) (?:supported|accepted|allowed|implemented)\b|\bonly (?:supports?|accepts?|takes) (?:torch\.)?(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})?(?:(?:,| and| or|\/) ?(?:torch\.)?\w{4,20}){0,3} (?:inputs?|outputs?|tensors?|arrays?|weights?|activations?)\b|\b(?:is|are|was) not (?:an? |of (?:d?type )?)?(?:torch\.|np\.)?(?:u?int|b?float|bf|fp)(?:8|16|32|64)\b(?=[.,;]|$)/i;
/** A data type with a size that is demanded and another one that was found. */
const SIZED_IN_CONTRAST =
  /\b(?:expect\w{0,3}|requires?|supports?|must (?:be|have)|should (?:be|have))\b.{0,60}?\b(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})?\b.{0,80}?\b(?:got|found|received|given)\b.{0,40}?\b(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})?\b/i;
/** Operands of types that an operation does not take. */
const OPERAND_TYPES = /\boperands? (?:with |of )(?:d?types?)\b/i;
/** A tensor whose data type is no longer the one that it had. */
const CHANGED = /\bdtypes?\b.{0,20}\bfrom\b.{1,60}\bto\b/i;

/** A kind of data types that is demanded: `jump_ts must be floating point, not int32`, `position must use an integer dtype`. */
const DEMANDED_KIND =
  /\b(?:must|should|ha(?:s|ve) to|needs? to) (?:all )?(?:be|have|use) (?:an? )?(?:of )?(?:d?type )?(?:floating[- ]point|float|integer|integral|bool(?:ean)?|complex|real)\b/i;
/** Tensors whose kind of data types is demanded: `Labels must be of type float`. */
const DEMANDED_OF_TENSORS =
  /\b(?:labels|inputs|outputs|images|masks|targets|weights|logits|tensors|arrays|indices) (?:must|should|ha(?:s|ve) to|needs? to) (?:all )?(?:be of|have) d?type (?:float|int|bool|complex)/i;
/** A value whose data type is of another kind than the one that is needed: `x.dtype (float32) is not over integers`, `non-floating point dtype`. */
const OTHER_KIND =
  /\bdtype\b.{0,30}?\b(?:is|are) not (?:an? |over )?(?:float\w{0,8}|integ\w{2,4}|bool\w{0,4}|complex|real)|\bnon-(?:float\w{0,8}|integ\w{2,4}|numeric|bool\w{0,4}|complex)(?:[- ]point)? (?:d?types?|tensors?|arrays?)\b/i;
/** A data type that all must be of: `dtypes all have to be floating-point`. */
const DTYPES_KIND =
  /\bd?types?\b.{0,12}?\b(?:must|should|ha(?:s|ve) to|needs? to) (?:all )?be (?:an? )?(?:floating|integ|integral|bool|complex|real)/i;
/** Something of one data type alone: `are torch.int32 only and cannot be moved to torch.float16`. */
const ONE_DTYPE =
  /\b(?:is|are) (?:torch\.|np\.)?(?:u?int|b?float|bf|fp)(?:4|8|16|32|64)(?:_\w{1,10})? only\b/i;
/** A data type that is not one of those that are taken: `unsupported dtype int64; supported: (float16, bfloat16)`. */
const NONE_OF =
  /\bunsupported (?:\w{1,12} )?(?:dtype|data type)\b.{0,40}?[;,.:(] ?(?:only )?(?:supported|expected|allowed|must be)\b/i;

/** Nothing but the data types of two things: `output_dtype=float16, input_dtype=float32`. */
const LISTED_DTYPES = /^.{0,60}?dtype ?[=:] ?\S{1,30}[,;] .{0,40}?dtype ?[=:] ?\S{1,30}$/i;

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
      !differInShapes(text) &&
      !isPythonType(text) &&
      (NAMED.test(text) || signs.includes('tensor') || dtypesIn(text).length > 0),
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
      dtypesIn(text).length > 1 &&
      (TYPE_NAMED.test(text) || STRONG.test(text)) &&
      !LACKS.test(text) &&
      !isPythonType(text),
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
    ({ text }) =>
      !GOT_LITERAL.test(text) &&
      ((KINDS.test(text) && SIZED.test(text)) || (KIND_OF_TENSOR.test(text) && dtypesIn(text).length > 0)) &&
      CONTRAST.test(text) &&
      !LACKS.test(text),
  ),
  statementRule(
    'same-type',
    DTYPE,
    [],
    ({ text }) => SAME_TYPE.test(text) && !PYTHON_TYPE.test(text) && shapesOf(text) < 2,
  ),
  statementRule(
    'dtypes-mixed',
    DTYPE,
    [],
    ({ text }) => MIXES.test(text) && NAMED.test(text) && dtypesIn(text).length > 1 && !LACKS.test(text),
  ),
  statementRule(
    'two-types-in-contrast',
    DTYPE,
    [],
    ({ text }) =>
      TYPE.test(text) &&
      SIZED.test(text) &&
      CONTRAST.test(text) &&
      dtypesIn(text).length > 1 &&
      !LACKS.test(text) &&
      !differInShapes(text),
  ),
  statementRule('dtype-kind-only', DTYPE, [], ({ text }) => ONLY_KIND.test(text) && !isPythonType(text)),
  statementRule('sized-dtype-required', DTYPE, [], ({ text }) => DEMANDED.test(text)),
  statementRule(
    'sized-dtype-only',
    DTYPE,
    [],
    ({ text }) => ONLY_SIZED.test(text) && !differInShapes(text) && !LACKS.test(text.replace(ONLY_SIZED, '')),
  ),
  statementRule(
    'sized-dtypes-in-contrast',
    DTYPE,
    [],
    ({ text }) => SIZED_IN_CONTRAST.test(text) && dtypesIn(text).length > 1 && !LACKS.test(text),
  ),
  statementRule(
    'operand-types',
    DTYPE,
    [],
    ({ text }) => OPERAND_TYPES.test(text) && SIZED.test(text) && !isPythonType(text),
  ),
  statementRule(
    'dtypes-listed',
    DTYPE,
    [],
    ({ text }) => LISTED_DTYPES.test(text) && dtypesIn(text).length > 1,
  ),
  statementRule(
    'dtype-kind-required',
    DTYPE,
    [],
    ({ text }) =>
      OTHER_KIND.test(text) ||
      DTYPES_KIND.test(text) ||
      DEMANDED_OF_TENSORS.test(text) ||
      (DEMANDED_KIND.test(text) &&
        (NAMED.test(text) || SIZED.test(text)) &&
        !PYTHON_TYPE.test(text) &&
        !GOT_LITERAL.test(text)),
  ),
  statementRule(
    'one-dtype-only',
    DTYPE,
    [],
    ({ text }) => dtypesIn(text).length > 1 && (ONE_DTYPE.test(text) || NONE_OF.test(text)),
  ),
  statementRule('dtype-changed', DTYPE, [], ({ text }) => CHANGED.test(text) && dtypesIn(text).length > 1),
  statementRule('type-invalid', DTYPE, [], ({ text }) => INVALID_TYPE.test(text) && SIZED.test(text)),
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
