import { omitUndefined } from '../../common/omit-undefined.js';
import type { PythonErrorClassification, PythonErrorEvent } from '../classification.js';
import { deviceName } from '../device-name.js';
import { dtypeName } from '../dtype-name.js';
import { operationIn } from '../operation.js';
import type { ParsedPythonError } from '../python-error.js';
import type { PythonErrorMatcher } from '../python-error-matcher.js';
import { parseShape } from '../shape.js';

// What is said of each class in any wording, for libraries and versions that have no saying of their own. Two things that
// differ have to be there, or words of tensors: "shape mismatch" alone may be anybody's. Every repetition is bounded.

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
/** Pinned memory also fails for other reasons, and then says so. */
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

/** How TensorFlow shows the node that failed, with the shapes and devices of its neighbours. */
const NODE = /\[\[(?:\{\{)?node\b.{0,500}?\]\]/gi;
/** What comes before the thing that was found, where it is named before the one that was expected. */
const FOUND = /\b(?:got|received|found|actual|given)\b.{0,20}$/i;
const MAX_THINGS = 64;

/** The different things in a message, each by its name; what was expected first. */
function things(message: string, pattern: RegExp, name: (text: string) => string): readonly string[] {
  const names = new Set<string>();
  let first: number | undefined;
  for (const found of message.matchAll(pattern)) {
    first ??= found.index;
    names.add(name(found[1] ?? found[0]));
    if (names.size === MAX_THINGS) break;
  }
  const found = first !== undefined && FOUND.test(message.slice(Math.max(0, first - 40), first));
  return found ? [...names].reverse() : [...names];
}

const shapesIn = ({ message }: ParsedPythonError) =>
  things(message, SHAPES, (text) => parseShape(text.replaceAll('.', ',')).join());
const dtypesIn = ({ message }: ParsedPythonError) => things(message, DTYPES, dtypeName);
const devicesIn = ({ message }: ParsedPythonError) => things(message, DEVICES, deviceName);

/** Two things as the values of these keys; which of more is meant cannot be told. */
const pair = <T>(
  [expected, got, more]: readonly string[],
  keys: readonly [string, string],
  value: (text: string) => T,
): Readonly<Record<string, T>> =>
  expected === undefined || got === undefined || more !== undefined
    ? {}
    : { [keys[0]]: value(expected), [keys[1]]: value(got) };
const same = (text: string): string => text;

/** Whether it tells that memory ran out. Where and how much is read as from any message that does. */
export const saysOutOfMemory = ({ message }: ParsedPythonError): boolean =>
  ((MEMORY.test(message) && ALLOCATES.test(message)) || ALLOCATION.test(message)) && !JVM.test(message);

const saysDevices = (error: ParsedPythonError): boolean =>
  SAME_DEVICE.test(error.message) && (devicesIn(error).length > 1 || TENSORS.test(error.message));

const saysDtypes = (error: ParsedPythonError): boolean =>
  ((DTYPE.test(error.message) && DISAGREE.test(error.message)) || ONLY.test(error.message)) &&
  dtypesIn(error).length > 1;

const saysShapes = (error: ParsedPythonError): boolean =>
  (SHAPE.test(error.message) && DISAGREE.test(error.message) && shapesIn(error).length > 1) ||
  (SHAPE_MISMATCH.test(error.message) && TENSORS.test(error.message));

/** Asked after all those that know wordings, since these say less. */
export const general: readonly PythonErrorMatcher[] = [
  spoken(
    'snakepit.error.device',
    (error) =>
      saysDevices(error) && {
        ...pair(devicesIn(error), ['expected_device', 'actual_device'], same),
        operation: operationIn(error),
      },
  ),
  spoken(
    'snakepit.error.dtype_mismatch',
    (error) => saysDtypes(error) && pair(dtypesIn(error), ['expected', 'got'], same),
  ),
  spoken('snakepit.error.dimension_error', ({ message }) => {
    const [, expected, got, gotAlone = got] = RANKS.exec(message) ?? [];
    return expected !== gotAlone && { expected_dims: Number(expected), got_dims: Number(gotAlone) };
  }),
  spoken(
    'snakepit.error.shape_mismatch',
    (error) =>
      saysShapes(error) && {
        ...pair(shapesIn(error), ['expected', 'got'], parseShape),
        operation: operationIn(error),
      },
  ),
];

/** @param read the metadata, where the error is of this class */
function spoken(
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
