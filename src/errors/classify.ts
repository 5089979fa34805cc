import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import type { PythonErrorClassification } from './classification.js';
import { defaultPythonErrorMatchers } from './matchers/index.js';
import { causesOf, normalizePythonError, type PythonError, parsePythonError } from './python-error.js';
import type { PythonErrorMatcher } from './python-error-matcher.js';

/** Options of {@link classifyPythonError}. */
export interface ClassifyOptions {
  /** Matchers in order of priority: the first that matches decides. @default defaultPythonErrorMatchers */
  readonly matchers?: readonly PythonErrorMatcher[];
}

/**
 * Classes that Python raises for errors in code or its environment. Their messages are not matched: they contain arbitrary text,
 * such as the missing key of a `KeyError`.
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
 * Classifies a Python error as the event to publish: out of memory, a mismatch of shapes, devices or data types, a wrong number of
 * dimensions, or else `snakepit.error.python_exception`. If the error matches nothing but was raised `from` an error that does, the
 * cause decides. Takes time linear in the length of the text and reads at most 16,384 characters of
 * a message and 65,536 of a traceback.
 *
 * Does not throw: a missing or malformed error is classified as `snakepit.error.python_exception`, and a matcher that throws is skipped
 * and logged once.
 *
 * @param error exception as received from Python
 */
export function classifyPythonError(
  error: PythonError,
  { matchers = defaultPythonErrorMatchers }: ClassifyOptions = {},
): PythonErrorClassification {
  const normalized = normalizePythonError(error);
  return matchError(normalized, matchers) ?? matchCauses(normalized, matchers) ?? pythonException(normalized);
}

function matchCauses(
  error: Required<PythonError>,
  matchers: readonly PythonErrorMatcher[],
): PythonErrorClassification | undefined {
  for (const cause of causesOf(error)) {
    const classification = matchError(cause, matchers);
    if (classification !== undefined) return classification;
  }
  return undefined;
}

function matchError(
  error: PythonError,
  matchers: readonly PythonErrorMatcher[],
): PythonErrorClassification | undefined {
  const parsed = parsePythonError(error);
  if (NON_ML_EXCEPTIONS.has(parsed.type)) return undefined;
  for (const matcher of matchers) {
    try {
      const classification = matcher.match(parsed);
      if (classification !== undefined) return classification;
    } catch (reason) {
      warnOnce(`A Python error matcher threw and was skipped: ${errorMessage(reason)}`);
    }
  }
  return undefined;
}

function pythonException(error: Required<PythonError>): PythonErrorClassification {
  const present = Object.entries(error).filter(([, text]) => text !== '');
  return {
    event: 'snakepit.error.python_exception',
    measurements: {},
    metadata: Object.fromEntries(present),
  };
}
