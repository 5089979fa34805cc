import { deviceName } from '../device-name.js';
import { dtypeName } from '../dtype-name.js';
import { parseShape } from '../shape.js';

// Every repetition is bounded: reading takes time linear in the length of the text.

const DIMENSION = '(?:-?\\d{1,15}|none|\\?|\\*|[jsuz]\\d{1,4}|[A-Z](?![a-z]))';
const SYMBOLIC = `${DIMENSION}(?: ?[*+] ?${DIMENSION}){0,4}`;
const SHAPE = new RegExp(
  `(?<open>[[({])(?<list>${SYMBOLIC}(?: ?[,x] ?(?:${SYMBOLIC})?){0,12}|\\d{1,9}(?:\\.\\d{1,9}){2,12})[\\])}]`,
  'gi',
);
const DTYPE =
  /(?<!(?:^|\s)--?)\b(?:[Bb]?[Ff]loat(?:4|8|16|32|64)(?:_\w{1,10})?|[Bb]F(?:loat)?16|bf16|[fF][pP]?(?:16|32|64)|[uU]?[iI](?:nt)?(?:8|16|32|64)|u?int4|[Cc]omplex(?:64|128)|(?:un)?signed char|[Hh]alf|[Ff]loat|[Dd]ouble|[Ll]ong|[Ii]nt|[Ss]hort|[Bb]yte|[Bb]ool(?:ean)?|str)(?:Tensor)?\b|\bDT_[A-Z]\w{2,9}\b|\btorch\.(?:cuda\.)?(?:Half|BFloat16|Float|Double|Long|Int|Short|Byte|Bool)Tensor\b/g;
const DEVICE =
  /\btorch\.cuda\.\w{3,9}Tensor\b|\btorch\.\w{3,9}Tensor\b|\b(?:MPS|CUDA|CPU)\w{2,9}Type\b|\b(?:cuda|cpu|gpu|mps|xpu|hip|rocm|npu|hpu|tpu|meta)(?:(?::| device )\d{1,4})?(?!\.\w|\w|\((?!\d{1,2}\))|\/\w|-only| (?:ram|memory|error|driver|runtime|kernel|function|version|out)\b)|\b(?:Cpu|Gpu|Cuda|Tpu)(?=Device\(\d)/gi;
const MAX_VALUES = 64;

/** A value and its place in the text. */
export interface Located<T> {
  readonly value: T;
  /** Index of the first character. */
  readonly from: number;
  /** Index after the last character. */
  readonly to: number;
}

function locate<T>(text: string, pattern: RegExp, read: (match: RegExpExecArray) => T): Located<T>[] {
  const found = new Map<string, Located<T>>();
  for (const match of text.matchAll(pattern)) {
    const value = read(match);
    const key = JSON.stringify(value);
    if (!found.has(key)) found.set(key, { value, from: match.index, to: match.index + match[0].length });
    if (found.size === MAX_VALUES) break;
  }
  return [...found.values()];
}

/** Returns the distinct shapes in the text. A number in parentheses is one, too: `tensor a (4)`. */
export const shapesIn = (text: string): Located<(number | string)[]>[] =>
  locate(text, SHAPE, ({ groups }) => parseShape((groups?.list ?? '').replaceAll('.', ',')));

/** Returns the distinct data types in the text. */
export const dtypesIn = (text: string): Located<string>[] => locate(text, DTYPE, ([name]) => dtypeName(name));

/** Returns the distinct devices in the text. */
export const devicesIn = (text: string): Located<string>[] =>
  locate(text, DEVICE, ([name]) => deviceName(name));
