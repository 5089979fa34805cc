import type { ParsedPythonError } from '../python-error.js';
import type { PythonErrorFacts, Sign, Statement } from './python-error-facts.js';
import { SIGN_PATTERNS } from './signs.js';
import { completed, statementsOf, withoutEchoes } from './statements.js';
import { devicesIn, dtypesIn, shapesIn } from './values.js';

/** Codes: `CUBLAS_STATUS_ALLOC_FAILED`, `cudaErrorNoDevice`, `RESOURCE_EXHAUSTED`. */
const CODE =
  /\b(?:[A-Z]{2,20}(?:_[A-Za-z0-9]{2,20}){1,8}|(?:cuda|hip|nccl|cu|xpu)(?:Error|Result)?[A-Z]\w{2,40}|kIO\w{5,60})\b/g;
const MAX_CODES = 16;
/** Class of an exception in a message that was copied with what was printed before it. */
const EXCEPTION = /\b[A-Z]\w{1,60}(?:Error|Exception): /g;

const SIGN_ENTRIES = Object.entries(SIGN_PATTERNS) as readonly [Sign, RegExp][];

/** Returns the text from the last exception on. */
function fromException(message: string): string {
  const last = [...message.matchAll(EXCEPTION)].at(-1);
  return last === undefined ? message : message.slice(last.index + last[0].length);
}

/** Reads the facts of an error from its class and message. */
export function readFacts({ type, qualifiedType, message }: ParsedPythonError): PythonErrorFacts {
  const text = withoutEchoes(type === '' ? fromException(message) : message);
  const possible = SIGN_ENTRIES.filter(([, pattern]) => pattern.test(text));
  const sentences = statementsOf(text);
  const statements = sentences.map((_, i): Statement => {
    const each = completed(sentences, i);
    return {
      text: each,
      signs: possible.filter(([, pattern]) => pattern.test(each)).map(([sign]) => sign),
    };
  });
  return {
    type,
    module: qualifiedType.slice(0, Math.max(0, qualifiedType.length - type.length - 1)),
    codes: [...new Set(text.match(CODE))].slice(0, MAX_CODES),
    devices: devicesIn(text).map(({ value }) => value),
    shapes: shapesIn(text).map(({ value }) => value),
    dtypes: dtypesIn(text).map(({ value }) => value),
    statements,
  };
}
