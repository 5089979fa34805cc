import { type Environment, nearestName, readVariable } from 'opentelemetry-instrumentation-snakepit/internal';
import { VARIABLES, type Variable, type VariableName, type VariableValues } from './variables.js';

/** Values of the variables that are set and can be used, and a warning for each that cannot. */
export interface EnvironmentValues {
  readonly values: Partial<VariableValues>;
  readonly warnings: readonly string[];
}

/**
 * Reads every variable of the specification. A value that cannot be used counts as unset, with a warning that names the
 * variable, its value and the default. An empty value is unset.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readEnvironmentValues(environment: Environment): EnvironmentValues {
  const warnings: string[] = [];
  const values: Partial<Record<VariableName, unknown>> = {};
  for (const [name, row] of Object.entries<Variable<unknown>>(VARIABLES)) {
    const found = readVariable(environment, name)?.value;
    if (found === undefined) continue;
    const problems: string[] = [];
    const value = row.parse(found, (problem) => problems.push(problem));
    const shown = `${name}=${quote(name, found)}`;
    if (value === undefined) {
      const details = problems.length > 0 ? problems.join('; ') : `it takes ${row.accepts}`;
      warnings.push(`${shown} cannot be used: ${details}. Used instead: ${describeDefault(row)}.`);
    } else if (row.unsupported !== undefined) {
      // Nothing is missing if nothing was asked for.
      if (value !== 'always_off') warnings.push(`${shown} has no effect: ${row.unsupported}.`);
    } else {
      values[name as VariableName] = value;
      for (const problem of problems) warnings.push(`${shown}: ${problem}.`);
    }
  }
  return { values: values as Partial<VariableValues>, warnings: [...warnings, ...misspelled(environment)] };
}

/** Characters in which a misspelled name differs at most: other names that begin with OTEL_ are of other programs. */
const MAX_TYPOS = 2;

/** Returns a warning for each variable whose name is almost that of one of the specification. */
function misspelled(environment: Environment): string[] {
  const known = Object.keys(VARIABLES);
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith('OTEL_') || known.includes(name) || !readVariable(environment, name)) return [];
    const nearest = nearestName(name, known, MAX_TYPOS);
    return nearest === undefined ? [] : [`${name} has no effect: not a variable. Did you mean ${nearest}?`];
  });
}

const MAX_SHOWN = 100;

/** Returns a value as text for one line. Values of headers are secrets and are left out. */
function quote(name: string, value: string): string {
  const harmless = name.endsWith('HEADERS')
    ? value.replace(/=[^,]*/g, '=…')
    : value.replace(/(?<=:\/\/)[^/?#\s]*@/, '…@');
  return JSON.stringify(harmless.length > MAX_SHOWN ? `${harmless.slice(0, MAX_SHOWN)}…` : harmless);
}

/** Returns the default of a variable for people. */
export function describeDefault({ default: value }: Variable<unknown>): string {
  if (value === undefined) return 'the default (unset)';
  if (Array.isArray(value)) return `the default, ${value.join(',')}`;
  if (typeof value === 'object') return 'the default (none)';
  return `the default, ${value}`;
}
