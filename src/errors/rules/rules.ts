import type { PythonErrorFacts } from '../facts/python-error-facts.js';
import { deviceRules } from './device-rules.js';
import { dtypeRules } from './dtype-rules.js';
import { memoryRules } from './memory-rules.js';
import { rankRules } from './rank-rules.js';
import type { Rule } from './rule.js';
import { shapeRules } from './shape-rules.js';

/** All rules in order of priority. */
const rules: readonly Rule[] = [...memoryRules, ...deviceRules, ...dtypeRules, ...rankRules, ...shapeRules];

/** Class of an error, and the rule and statement that show it. */
export interface Decision {
  readonly event: Rule['event'];
  readonly rule: string;
  /** Statement from which values are read. */
  readonly evidence: string;
}

/** Returns the decision of the first rule that applies. */
export function decide(facts: PythonErrorFacts): Decision | undefined {
  for (const rule of rules) {
    const evidence = rule.evidence(facts);
    if (evidence !== undefined) return { event: rule.event, rule: rule.name, evidence };
  }
  return undefined;
}
