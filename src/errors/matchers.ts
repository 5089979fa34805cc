import { omitUndefined } from '../common/omit-undefined.js';
import type { PythonErrorClassification, PythonErrorEvent } from './classification.js';
import { readFacts } from './facts/read-facts.js';
import { withoutEchoes } from './facts/statements.js';
import type { ParsedPythonError } from './python-error.js';
import { type PythonErrorMatcher, pythonErrorMatcher } from './python-error-matcher.js';
import { decide } from './rules/rules.js';
import { generalValues } from './values/general-values.js';
import { memoryValues } from './values/memory-values.js';
import { type Library, wordings } from './wordings/index.js';
import type { LibraryWordings } from './wordings/library-wordings.js';

/** Reads the values of a class of errors from the wordings of one library. */
interface WordingMatcher extends PythonErrorMatcher {
  readonly library: Library;
  readonly event: PythonErrorEvent;
}

const compileWordings = (): readonly WordingMatcher[] =>
  Object.entries(wordings).flatMap(([library, byEvent]: [string, LibraryWordings]) =>
    Object.entries(byEvent).map(([name, patterns]) => {
      const event = name as PythonErrorEvent;
      return { ...pythonErrorMatcher(event, patterns), library: library as Library, event };
    }),
  );

let compiled: readonly WordingMatcher[] | undefined;

/** Returns the matchers of all libraries. They are compiled for the first error: most programs have none. */
function wordingMatchers(): readonly WordingMatcher[] {
  compiled ??= compileWordings();
  return compiled;
}

/** Returns the libraries that have a wording of the message. */
export const librariesOf = (error: ParsedPythonError): readonly Library[] => [
  ...new Set(
    wordingMatchers()
      .filter((each) => each.match(error) !== undefined)
      .map(({ library }) => library),
  ),
];

/**
 * Returns the matcher that decides the class by rules over facts and reads values by wordings.
 *
 * @param without libraries whose wordings are not used
 */
export function ruleMatcher(without: readonly Library[] = []): PythonErrorMatcher {
  let matchers: readonly WordingMatcher[] | undefined;
  return {
    match: (error) => {
      matchers ??= wordingMatchers().filter(({ library }) => !without.includes(library));
      const facts = readFacts(error);
      const decision = decide(facts);
      const explain = (rule: string, classification: object) =>
        ({ ...classification, explanation: { rule, facts } }) as unknown as PythonErrorClassification;
      if (decision === undefined) {
        return matchWording(matchers, { ...error, message: withoutEchoes(error.message) }, explain);
      }
      const { event, rule, evidence } = decision;
      if (event === 'snakepit.error.oom') return explain(rule, { event, ...memoryValues(error) });
      const exact = matchers.filter((each) => each.event === event);
      for (const matcher of exact) {
        const classification = matcher.match(error);
        if (classification !== undefined) return explain(rule, classification);
      }
      const metadata = generalValues(event, evidence, error);
      return explain(rule, { event, measurements: {}, metadata: omitUndefined(metadata) });
    },
  };
}

/** Returns the classification of a message that no rule knows, but a wording. */
function matchWording(
  matchers: readonly WordingMatcher[],
  error: ParsedPythonError,
  explain: (rule: string, classification: object) => PythonErrorClassification,
): PythonErrorClassification | undefined {
  for (const matcher of matchers) {
    const classification = matcher.match(error);
    if (classification === undefined) continue;
    const { event } = classification;
    const values = event === 'snakepit.error.oom' ? { event, ...memoryValues(error) } : classification;
    return explain(`wording:${matcher.library}`, values);
  }
  return undefined;
}

/**
 * Matchers that {@link classifyPythonError} uses by default. They decide the class by general rules over the facts that a message
 * contains, and read exact values by the wordings of PyTorch, TensorFlow, Keras, JAX, NumPy, scikit-learn, onnxruntime, Paddle and
 * others.
 */
export const defaultPythonErrorMatchers: readonly PythonErrorMatcher[] = Object.freeze([ruleMatcher()]);
