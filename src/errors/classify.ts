import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import type { PythonErrorClassification } from './classification.js';
import { defaultPythonErrorMatchers } from './matchers/index.js';
import { causesOf, complete, type PythonError, parsePythonError } from './python-error.js';
import type { PythonErrorMatcher } from './python-error-matcher.js';

export interface ClassifyOptions {
  /** Asked in order; the first that knows the error decides. @default defaultRecognisers */
  readonly matchers?: readonly PythonErrorMatcher[];
}

/**
 * Classes that Python itself raises for code and surroundings. Their message may be anything, such as the key that
 * was not found, so that it is not read.
 */
const NON_ML_EXCEPTIONS = new Set([
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
  { matchers: recognisers = defaultPythonErrorMatchers }: ClassifyOptions = {},
): PythonErrorClassification {
  const whole = complete(error);
  return matched(whole, recognisers) ?? firstCause(whole, recognisers) ?? pythonException(whole);
}

function firstCause(
  error: Required<PythonError>,
  recognisers: readonly PythonErrorMatcher[],
): PythonErrorClassification | undefined {
  for (const cause of causesOf(error)) {
    const classification = matched(cause, recognisers);
    if (classification !== undefined) return classification;
  }
  return undefined;
}

function matched(
  given: PythonError,
  recognisers: readonly PythonErrorMatcher[],
): PythonErrorClassification | undefined {
  const error = parsePythonError(given);
  if (NON_ML_EXCEPTIONS.has(error.type)) return undefined;
  for (const recogniser of recognisers) {
    try {
      const classification = recogniser.match(error);
      if (classification !== undefined) return classification;
    } catch (reason) {
      warnOnce(`A recogniser of Python errors failed and was passed over: ${errorMessage(reason)}`);
    }
  }
  return undefined;
}

function pythonException(error: Required<PythonError>): PythonErrorClassification {
  const said = Object.entries(error).filter(([, text]) => text !== '');
  return { event: 'snakepit.error.python_exception', measurements: {}, metadata: Object.fromEntries(said) };
}
