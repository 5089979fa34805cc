import { ConfigurationError } from '../configuration/configuration-error.js';
import { type OptionParsers, parseOptions } from '../configuration/options.js';
import {
  enumParser,
  listParser,
  type Parser,
  parseFunction,
  parseString,
  parseSwitch,
  parseText,
  recordParser,
} from '../configuration/parse.js';
import { checkMetric, type DeclaredKeys } from './check-metric.js';
import type { Field } from './field.js';
import { LOG_LEVELS } from './log-level.js';
import type { MetricSpec } from './metric-spec.js';
import type { PythonErrorKeys } from './python-error-keys.js';

const FIELD: OptionParsers<Omit<Field, '_value'>> = {
  type: enumParser(['integer', 'float', 'string', 'boolean', 'device', 'worker', 'list', 'unknown']),
  unit: parseText,
  values: listParser(parseString),
  optional: parseSwitch,
  sensitive: parseSwitch,
  error: parseSwitch,
  note: parseString,
};
const MEASUREMENT_TYPES = ['integer', 'float'];
const SPAN_EFFECTS = ['start', 'stop', 'exception'];
const parseEffect = enumParser([...SPAN_EFFECTS, 'spanEvent']);

const parseField: Parser<Field> = (value, setting) => {
  const field = parseOptions(setting, value, FIELD, (key) => `${key} of ${setting}`) as Field;
  if (field.type !== undefined) return field;
  throw new ConfigurationError(setting, value, 'a field, such as integer(unit) or text()');
};

const parseMeasurement: Parser<Field> = (value, setting) => {
  const field = parseField(value, setting);
  if (MEASUREMENT_TYPES.includes(field.type)) return field;
  throw new ConfigurationError(setting, `${field.type}`, 'integer(unit), float(unit)');
};

/** Members of the definition of an event of the host. */
export const EVENT_MEMBERS = {
  description: parseString,
  measurements: recordParser(parseMeasurement),
  metadata: recordParser(parseField),
  metrics: listParser((metric) => metric as MetricSpec),
  sampled: parseSwitch,
  isError: parseSwitch,
  pythonError: (value: unknown, setting: string) =>
    parseOptions<PythonErrorKeys>(
      setting,
      value,
      { type: parseText, text: parseText },
      (key) => `${key} of ${setting}`,
    ) as PythonErrorKeys,
  trace: (value: unknown, setting: string) => {
    const { kind, span } = Object(value);
    if (SPAN_EFFECTS.includes(parseEffect(kind, `kind of ${setting}`))) parseText(span, `span of ${setting}`);
    return value as never;
  },
  log: (value: unknown, setting: string) =>
    parseOptions(
      setting,
      value,
      { level: enumParser(LOG_LEVELS), message: parseFunction },
      (key) => `${key} of ${setting}`,
    ),
};

/**
 * Checks the definition of an event, and its metrics.
 *
 * @param subject the definition, for messages
 * @throws ConfigurationError for a definition that cannot be recorded
 */
export function checkEvent(subject: string, definition: object): void {
  const { metrics, ...declared } = parseOptions(
    subject,
    definition,
    EVENT_MEMBERS as OptionParsers<ParsedEvent>,
  );
  for (const metric of metrics ?? []) checkMetric(metric, declared);
}

interface ParsedEvent extends DeclaredKeys {
  readonly metrics?: readonly MetricSpec[];
}
