import { readTracebacks } from './traceback.js';

/** An exception as it comes from Python. Nothing about its text is taken on trust. */
export interface PythonError {
  /** The class, with or without its module: `ValueError`, `torch.cuda.OutOfMemoryError`. */
  readonly type?: string;
  /** `str(exception)`. */
  readonly message?: string;
  /** As `traceback.format_exc()` gives it. Read for the type and the message where those are missing, and for causes. */
  readonly traceback?: string;
}

/** What a recogniser looks at. */
export interface ParsedPythonError {
  /** The class without its module. */
  readonly type: string;
  /** The class as it was given. */
  readonly qualifiedType: string;
  /** Head and tail of a long message, each run of white space as one space. */
  readonly message: string;
  /** `message` in lower case. */
  readonly lowerMessage: string;
}

const MAX_TYPE = 256;
const HEAD = 12_288;
const TAIL = 4_096;
/** `KeyError: ` in front of a message; other words before a colon are no class. */
const NAMED = /^\s{0,20}([A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt|Iteration)): /;
/** The end of a traceback says most. */
const MAX_TRACEBACK = 65_536;

export function parsePythonError({ type = '', message = '' }: PythonError): ParsedPythonError {
  const line = message.replace(/\s+/g, ' ').trim();
  return {
    type: type.slice(type.lastIndexOf('.') + 1),
    qualifiedType: type,
    message: line,
    lowerMessage: line.toLowerCase(),
  };
}

/**
 * The error as far as it is text, cut to a length to keep. Its type and message come from the last line of the
 * traceback if they were not given, and its type from the message if only that was.
 */
export function complete(given: PythonError | null | undefined): Required<PythonError> {
  const error = {
    type: text(given?.type).slice(0, MAX_TYPE).trim(),
    message: headAndTail(text(given?.message)),
    traceback: text(given?.traceback).slice(-MAX_TRACEBACK),
  };
  if (error.type !== '') return error;
  if (error.message !== '') return { ...error, type: typeIn(error.message) };
  const last = readTracebacks(error.traceback).at(-1);
  return { ...error, type: last?.type ?? '', message: last?.message ?? '' };
}

/** The class that a message tells itself, as it does where it was copied from a terminal. */
const typeIn = (message: string): string =>
  NAMED.exec(message)?.[1] ?? readTracebacks(message).at(-1)?.type ?? '';

/** The exceptions that this one was raised `from`, the nearest first. */
export const causesOf = ({ traceback }: Required<PythonError>): readonly PythonError[] =>
  readTracebacks(traceback).at(-1)?.causes ?? [];

const headAndTail = (value: string): string =>
  value.length <= HEAD + TAIL ? value : `${value.slice(0, HEAD)} … ${value.slice(-TAIL)}`;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
