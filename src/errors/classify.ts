import { sayOnce } from '../bus/diagnostics.js';
import { messageOf } from '../common/error-message.js';
import type { PythonErrorClassification } from './classification.js';
import { defaultRecognisers } from './matchers/index.js';
import { causesOf, complete, type PythonError, readPythonError } from './python-error.js';
import type { Recogniser } from './python-error-matcher.js';

export interface ClassifyOptions {
  /** Asked in order; the first that knows the error decides. @default defaultRecognisers */
  readonly recognisers?: readonly Recogniser[];
}

/**
 * Classes that Python itself raises for code and surroundings. Their message may be anything, such as the key that
 * was not found, so that it is not read.
 */
const NEVER = new Set([
  'AttributeError',
  'BlockingIOError',
  'BrokenPipeError',
  'ChildProcessError',
  'ConnectionError',
  'ConnectionRefusedError',
  'ConnectionResetError',
  'FileExistsError',
  'FileNotFoundError',
  'ImportError',
  'IndentationError',
  'IsADirectoryError',
  'JSONDecodeError',
  'KeyError',
  'KeyboardInterrupt',
  'ModuleNotFoundError',
  'NameError',
  'NotADirectoryError',
  'PermissionError',
  'RecursionError',
  'StopIteration',
  'SyntaxError',
  'SystemExit',
  'TimeoutError',
  'UnboundLocalError',
  'UnicodeDecodeError',
  'UnicodeEncodeError',
  'ZeroDivisionError',
]);

/**
 * Tells what went wrong in Python, as the event to publish: out of memory, a mismatch of shapes, devices or data
 * types, a wrong number of dimensions, or else `python_exception`. An exception raised `from` another one that is
 * recognised counts as that one. Never throws; takes time linear in the text, and no more than a fixed part of it
 * is read.
 */
export function classifyPythonError(
  error: PythonError,
  { recognisers = defaultRecognisers }: ClassifyOptions = {},
): PythonErrorClassification {
  const whole = complete(error);
  return recognised(whole, recognisers) ?? firstCause(whole, recognisers) ?? pythonException(whole);
}

function firstCause(
  error: Required<PythonError>,
  recognisers: readonly Recogniser[],
): PythonErrorClassification | undefined {
  for (const cause of causesOf(error)) {
    const classification = recognised(cause, recognisers);
    if (classification !== undefined) return classification;
  }
  return undefined;
}

function recognised(
  given: PythonError,
  recognisers: readonly Recogniser[],
): PythonErrorClassification | undefined {
  const error = readPythonError(given);
  if (NEVER.has(error.type)) return undefined;
  for (const recogniser of recognisers) {
    try {
      const classification = recogniser.recognise(error);
      if (classification !== undefined) return classification;
    } catch (reason) {
      sayOnce(`A recogniser of Python errors failed and was passed over: ${messageOf(reason)}`);
    }
  }
  return undefined;
}

function pythonException(error: Required<PythonError>): PythonErrorClassification {
  const said = Object.entries(error).filter(([, text]) => text !== '');
  return { event: 'snakepit.error.python_exception', measurements: {}, metadata: Object.fromEntries(said) };
}
