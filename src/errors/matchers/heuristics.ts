import { omitUndefined } from '../../common/omit-undefined.js';
import type { PythonErrorClassification, PythonErrorEvent } from '../classification.js';
import { deviceName } from '../device-name.js';
import { dtypeName } from '../dtype-name.js';
import { findOperation } from '../operation.js';
import type { ParsedPythonError } from '../python-error.js';
import type { PythonErrorMatcher } from '../python-error-matcher.js';
import { parseShape } from '../shape.js';

// Matches messages of libraries and versions that have no pattern. The message must contain two different values or mention
// tensors: "shape mismatch" alone is not specific to ML. Every repetition is bounded.

const SHAPES =
  /[[({]{1,2}((?:\d{1,9}|none|-1|\?)(?: ?[,x] ?(?:\d{1,9}|none|-1|\?)?){0,12}|\d{1,9}(?:\.\d{1,9}){2,12})[\])}]/gi;
const DTYPES =
  /\b(?:[Bb]?[Ff]loat(?:8|16|32|64)(?:_\w{1,8})?|[Bb]F(?:loat)?16|bf16|[fF][pP]?(?:16|32|64)|[uU]?[iI](?:nt)?(?:8|16|32|64)|[Cc]omplex(?:64|128)|Half|Float|Double|Long|Int|Short|Byte|Bool)\b/g;
const DEVICES = /\b(?:cuda|cpu|gpu|mps|xpu|hip|npu|hpu|tpu)(?::\d{1,4})?\b/gi;

const TENSORS =
  /\b(?:tensors?|n?d?arrays?|matri(?:x|ces)|weights?|operands?|embeddings?|broadcast\w{0,5})\b/i;
const DISAGREE =
  /mis-?match|\bincompatible\b|\binconsistent\b|\bnot (?:match|equal|agree|compatible|consistent|the same)\b|n't match\b|\b(?:must|should|to) (?:match|equal|agree|have the same|be (?:the same|equal|compatible))\b|\bsame\b|\bdiffer(?:s|ent)?\b|\bcan(?:not|'t) be (?:broadcast|multiplied|concatenated|reshaped)\b|\bexpect(?:s|ed|ing)?\b|!=/i;

const MEMORY =
  /\bout[ _-]?of[ _-]?(?:(?:device|gpu|host|video|accelerator)[ _-]?)?memory\b|\boom\b|\binsufficient (?:gpu|device|video) memory\b|\bnot enough (?:gpu |device |video |free )?memory\b/i;
/** Excludes pinned memory and static TLS, whose allocation also fails for reasons other than lack of memory. */
const ALLOCATION =
  /\b(?:unable|failed|cannot|can't|could not) (?:to )?allocate (?!.{0,60}\b(?:pinned|static)\b)(?:(?:the |any |enough )?memory\b|.{0,40}?\b\d[\d.,]{0,20} ?(?:bytes|[kmgt]i?b)\b)/i;
const ALLOCATES =
  /\b(?:cuda|hip|rocm|gpu|mps|metal|vulkan|xpu|sycl|npu|hpu|tpu|hbm|vram|tensors?|kernels?|parallel_for)\b|alloc/i;
const JVM = /\bjava\b|\bheap space\b/i;

const DTYPE = /\b(?:d?types?|datatypes?|precisions?)\b/i;
const ONLY = /\bonly (?:supports?|accepts?|takes)\b/i;

const SHAPE = /\b(?:shape|size|dimension|dim)s?\b/i;
const SHAPE_MISMATCH =
  /\b(?:shape|size|dimension)s? (?:mis-?match|do(?:es)? ?n[o']t match|are (?:incompatible|inconsistent))/i;

const SAME_DEVICE =
  /\b(?:same|different|another|wrong|mismatch\w{0,3}) (?:devices?|gpus?)\b|\bdevices? (?:mis-?match|do(?:es)? not match|differ)/i;

const RANK = '(\\d{1,2})[ -]?(?:d|dims?|dimensions?|dimensional|dimensionality)\\b';
const RANKS = new RegExp(
  `\\b(?:expect\\w{0,3}|requires?|must|should|only|needs?)\\b.{0,60}?\\b${RANK}.{0,80}?\\b(?:(?:got|found|received|given|but|has|is|was)\\b.{0,60}?\\b${RANK}|(?:got|found|received):? (\\d{1,2})(?:[.,!]|$))`,
  'i',
);

/** Description of the failed node in TensorFlow messages, which contains the shapes and devices of its neighbors. */
const NODE = /\[\[(?:\{\{)?node\b.{0,500}?\]\]/gi;
/** Text before the first value if that is the actual one, not the expected one. */
const ACTUAL_PREFIX = /\b(?:got|received|found|actual|given)\b.{0,20}$/i;
const MAX_VALUES = 64;

/** Returns the distinct values of a pattern in the message by name, the expected one first. */
function distinctValues(
  message: string,
  pattern: RegExp,
  nameOf: (text: string) => string,
): readonly string[] {
  const names = new Set<string>();
  let firstIndex: number | undefined;
  for (const match of message.matchAll(pattern)) {
    firstIndex ??= match.index;
    names.add(nameOf(match[1] ?? match[0]));
    if (names.size === MAX_VALUES) break;
  }
  const actualFirst =
    firstIndex !== undefined && ACTUAL_PREFIX.test(message.slice(Math.max(0, firstIndex - 40), firstIndex));
  return actualFirst ? [...names].reverse() : [...names];
}

const shapesIn = ({ message }: ParsedPythonError) =>
  distinctValues(message, SHAPES, (text) => parseShape(text.replaceAll('.', ',')).join());
const dtypesIn = ({ message }: ParsedPythonError) => distinctValues(message, DTYPES, dtypeName);
const devicesIn = ({ message }: ParsedPythonError) => distinctValues(message, DEVICES, deviceName);

/** Returns metadata with two values under the keys, or none unless there are exactly two: of more, any could be meant. */
const pairOf = <T>(
  [expected, got, more]: readonly string[],
  keys: readonly [string, string],
  parse: (text: string) => T,
): Readonly<Record<string, T>> =>
  expected === undefined || got === undefined || more !== undefined
    ? {}
    : { [keys[0]]: parse(expected), [keys[1]]: parse(got) };
const identity = (text: string): string => text;

/** True if the message means that memory ran out. */
export const isOutOfMemory = ({ message }: ParsedPythonError): boolean =>
  ((MEMORY.test(message) && ALLOCATES.test(message)) || ALLOCATION.test(message)) && !JVM.test(message);

const isDeviceMismatch = (error: ParsedPythonError): boolean =>
  SAME_DEVICE.test(error.message) && (devicesIn(error).length > 1 || TENSORS.test(error.message));

const isDtypeMismatch = (error: ParsedPythonError): boolean =>
  ((DTYPE.test(error.message) && DISAGREE.test(error.message)) || ONLY.test(error.message)) &&
  dtypesIn(error).length > 1;

const isShapeMismatch = (error: ParsedPythonError): boolean =>
  (SHAPE.test(error.message) && DISAGREE.test(error.message) && shapesIn(error).length > 1) ||
  (SHAPE_MISMATCH.test(error.message) && TENSORS.test(error.message));

/** Matchers of lower priority than message patterns: they read fewer values. */
export const heuristics: readonly PythonErrorMatcher[] = [
  heuristic(
    'snakepit.error.device',
    (error) =>
      isDeviceMismatch(error) && {
        ...pairOf(devicesIn(error), ['expected_device', 'actual_device'], identity),
        operation: findOperation(error),
      },
  ),
  heuristic(
    'snakepit.error.dtype_mismatch',
    (error) => isDtypeMismatch(error) && pairOf(dtypesIn(error), ['expected', 'got'], identity),
  ),
  heuristic('snakepit.error.dimension_error', ({ message }) => {
    const [, expected, got, gotAlone = got] = RANKS.exec(message) ?? [];
    return expected !== gotAlone && { expected_dims: Number(expected), got_dims: Number(gotAlone) };
  }),
  heuristic(
    'snakepit.error.shape_mismatch',
    (error) =>
      isShapeMismatch(error) && {
        ...pairOf(shapesIn(error), ['expected', 'got'], parseShape),
        operation: findOperation(error),
      },
  ),
];

/** @param read returns the metadata, or `false` if the error is not of this class */
function heuristic(
  event: PythonErrorEvent,
  read: (error: ParsedPythonError) => Readonly<Record<string, unknown>> | false,
): PythonErrorMatcher {
  return {
    match: (error) => {
      const metadata = read({ ...error, message: error.message.replace(NODE, '') });
      if (metadata === false) return undefined;
      return { event, measurements: {}, metadata: omitUndefined(metadata) } as PythonErrorClassification;
    },
  };
}
