import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import type { PythonErrorClassification } from './classification.js';
import { readFacts } from './facts/read-facts.js';
import { defaultPythonErrorMatchers } from './matchers.js';
import { causesOf, normalizePythonError, type PythonError, parsePythonError } from './python-error.js';
import type { PythonErrorMatcher } from './python-error-matcher.js';
import { categoryOf } from './rules/categories.js';
import { NON_ML_EXCEPTIONS } from './rules/non-ml-exceptions.js';

/** Options of {@link classifyPythonError}. */
export interface ClassifyOptions {
  /** Matchers in order of priority: the first that matches decides. @default defaultPythonErrorMatchers */
  readonly matchers?: readonly PythonErrorMatcher[];
  /** Adds an `explanation` to the classification: the rule that decided, and the facts. @default false */
  readonly explain?: boolean;
}

/**
 * Classifies a Python error as the event to publish: out of memory, a mismatch of shapes, devices or data types, a wrong number of
 * dimensions, or else `snakepit.error.python_exception` with a `category`. General rules decide over facts that are read from the class
 * and the message, so that messages of unknown libraries and versions are classified, too. If no rule applies but the error was raised
 * `from` an error that one applies to, the cause decides. Takes time linear in the length of the text and reads at most 16,384
 * characters of a message and 65,536 of a traceback.
 *
 * Does not throw: a missing or malformed error is classified as `snakepit.error.python_exception`, and a matcher that throws is skipped
 * and logged once.
 *
 * @param error exception as received from Python
 */
export function classifyPythonError(
  error: PythonError,
  { matchers = defaultPythonErrorMatchers, explain = false }: ClassifyOptions = {},
): PythonErrorClassification {
  const normalized = normalizePythonError(error);
  const classification =
    matchError(normalized, matchers) ?? matchCauses(normalized, matchers) ?? pythonException(normalized);
  if (explain) {
    const facts = readFacts(parsePythonError(normalized));
    return { explanation: { rule: 'matcher', facts }, ...classification };
  }
  const { explanation, ...result } = classification;
  return result as PythonErrorClassification;
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
  if (NON_ML_EXCEPTIONS.has(parsed.type) || parsed.type.endsWith('Warning')) return undefined;
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
  const facts = readFacts(parsePythonError(error));
  const { category, rule } = categoryOf(facts);
  return {
    event: 'snakepit.error.python_exception',
    measurements: {},
    metadata: { ...Object.fromEntries(present), category },
    explanation: { rule, facts },
  };
}
