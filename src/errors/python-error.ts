import { readTracebacks } from './traceback/traceback-reader.js';

/** An exception as received from Python. All fields are untrusted. */
export interface PythonError {
  /**
   * Class, with or without its module: `ValueError`, `torch.cuda.OutOfMemoryError`.
   * @default the class in `message`, or in the last line of `traceback` if there is no message either
   */
  readonly type?: string;
  /** Message: `str(exception)`. @default the message in the last line of `traceback`, if `type` is missing too */
  readonly message?: string;
  /** Traceback in the format of Python's `traceback.format_exc()`. Also read for exceptions that this one was raised `from`. */
  readonly traceback?: string;
}

/** A Python error in the form that matchers receive. */
export interface ParsedPythonError {
  /** Class without its module. */
  readonly type: string;
  /** Class as received. */
  readonly qualifiedType: string;
  /** Message with each run of white space as one space; of more than 16,384 characters, the first 12,288 and the last 4,096. */
  readonly message: string;
  /** `message` in lower case. */
  readonly lowerMessage: string;
}

const MAX_TYPE_LENGTH = 256;
const HEAD_LENGTH = 12_288;
const TAIL_LENGTH = 4_096;
const MAX_TRACEBACK_LENGTH = 65_536;
/** A class in front of a message, such as `KeyError: `. Other words before a colon are not a class. */
const TYPE_PREFIX = /^\s{0,20}([A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt|Iteration)): /;

export function parsePythonError({ type = '', message = '' }: PythonError): ParsedPythonError {
  const line = message.replace(/\s+/g, ' ').trim();
  return {
    type: bareType(type),
    qualifiedType: type,
    message: line,
    lowerMessage: line.toLowerCase(),
  };
}

/** Returns the class without its module. Ray's `RayTaskError(KeyError)` is the class that the task raised. */
function bareType(type: string): string {
  const raised = /\(([^()]{1,200})\)$/.exec(type)?.[1] ?? type;
  return raised.slice(raised.lastIndexOf('.') + 1);
}

/**
 * Returns the error with every field a string of limited length. A missing type is read from the message; a missing type and message
 * are read from the last line of the traceback.
 */
export function normalizePythonError(raw: PythonError | null | undefined): Required<PythonError> {
  const error = {
    type: readText(raw, 'type').slice(0, MAX_TYPE_LENGTH).trim(),
    message: headAndTail(readText(raw, 'message')),
    // The exception is at the end.
    traceback: readText(raw, 'traceback').slice(-MAX_TRACEBACK_LENGTH),
  };
  if (error.type !== '') return error;
  if (error.message !== '') return { ...error, type: typeFromMessage(error.message) };
  const last = readTracebacks(error.traceback).at(-1);
  return { ...error, type: last?.type ?? '', message: last?.message ?? '' };
}

/** Returns the class that a message copied from a terminal begins or ends with. */
const typeFromMessage = (message: string): string =>
  TYPE_PREFIX.exec(message)?.[1] ?? readTracebacks(message).at(-1)?.type ?? '';

/** Returns the exceptions that this one was raised `from`, the nearest first. */
export const causesOf = ({ traceback }: Required<PythonError>): readonly PythonError[] =>
  readTracebacks(traceback).at(-1)?.causes ?? [];

const headAndTail = (value: string): string =>
  value.length <= HEAD_LENGTH + TAIL_LENGTH
    ? value
    : `${value.slice(0, HEAD_LENGTH)} … ${value.slice(-TAIL_LENGTH)}`;

/** Returns a field that is a string; an empty one for others, and for those that cannot be read. */
function readText(raw: PythonError | null | undefined, key: keyof PythonError): string {
  try {
    const value: unknown = raw?.[key];
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}
