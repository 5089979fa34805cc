import type { PythonErrorEvent } from '../classification.js';
import type { PythonErrorFacts, Sign, Statement } from '../facts/python-error-facts.js';

/** Decides from facts that an error is of one class. */
export interface Rule {
  /** Name that the explanation of a classification contains. */
  readonly name: string;
  /** Event that the error is classified as. */
  readonly event: PythonErrorEvent;
  /** Returns the statement that shows the class, or `undefined` if the rule does not apply. */
  evidence(facts: PythonErrorFacts): string | undefined;
}

/** Returns a rule that applies if one statement shows the signs and passes the test. */
export function statementRule(
  name: string,
  event: PythonErrorEvent,
  signs: readonly Sign[],
  passes: (statement: Statement, facts: PythonErrorFacts) => boolean = () => true,
): Rule {
  return {
    name,
    event,
    evidence: (facts) =>
      facts.statements.find(
        (statement) => signs.every((sign) => statement.signs.includes(sign)) && passes(statement, facts),
      )?.text,
  };
}
