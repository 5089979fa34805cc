import { conversionFactor, targetUnits } from '../common/units.js';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { type OptionParsers, parseOptions } from '../configuration/options.js';
import {
  enumParser,
  listParser,
  type Parser,
  parseFunction,
  parseString,
  parseText,
  recordParser,
} from '../configuration/parse.js';
import type { Fields } from './field.js';
import type {
  CounterSpec,
  DistributionSpec,
  LastValueSpec,
  Measurement,
  MetricDefinition,
  MetricSpec,
  ObservableCounterSpec,
  RenamedTag,
  SumSpec,
  Tag,
} from './metric-spec.js';

/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax */
const INSTRUMENT_NAME = /^[a-z][\w.\-/]{0,254}$/i;

const parseName: Parser<string> = (value, setting) => {
  if (typeof value === 'string' && INSTRUMENT_NAME.test(value)) return value;
  throw new ConfigurationError(
    setting,
    value,
    'a letter, then at most 254 letters, digits, or characters of _ . - /',
  );
};

const parseLimit: Parser<number> = (value, setting) => {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw new ConfigurationError(setting, value, 'a positive integer');
};

const parseBoundary: Parser<number> = (value, setting) => {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new ConfigurationError(setting, value, 'a number');
};

const parseBoundaries: Parser<readonly number[]> = (value, setting) => {
  const boundaries = listParser(parseBoundary)(value, setting);
  if (boundaries.every((boundary, i) => i === 0 || boundary > (boundaries[i - 1] as number)))
    return boundaries;
  throw new ConfigurationError(setting, value, 'numbers in ascending order');
};

const TAG: OptionParsers<RenamedTag> = { key: parseText, as: parseText, fallbackKey: parseText };

const parseTag: Parser<Tag> = (value, setting) => {
  if (typeof value !== 'object') return parseText(value, setting);
  parseOptions(setting, value, TAG, (key) => `${key} of ${setting}`);
  return value as RenamedTag;
};

const parseMeasurement: Parser<Measurement> = (value, setting) =>
  typeof value === 'function' ? (value as Measurement) : parseText(value, setting);

type EndedBy = NonNullable<ObservableCounterSpec['endedBy']>;
const END: OptionParsers<EndedBy> = { event: parseText, when: parseFunction };

const COUNTER: OptionParsers<CounterSpec & { readonly event?: string }> = {
  kind: enumParser(['counter']),
  name: parseName,
  event: parseText,
  description: parseString,
  unit: parseText,
  tags: listParser(parseTag),
  attributes: recordParser(parseString),
  sourceUnit: parseText,
  cardinalityLimit: parseLimit,
};
const SUM: OptionParsers<SumSpec & { readonly event?: string }> = {
  ...COUNTER,
  kind: enumParser(['sum']),
  measurement: parseMeasurement,
};
const OBSERVABLE_COUNTER: OptionParsers<ObservableCounterSpec & { readonly event?: string }> = {
  ...SUM,
  kind: enumParser(['observableCounter']),
  replaces: parseText,
  endedBy: (value, setting) => {
    parseOptions(setting, value, END, (key) => `${key} of ${setting}`);
    return value as EndedBy;
  },
};
const LAST_VALUE: OptionParsers<LastValueSpec & { readonly event?: string }> = {
  ...OBSERVABLE_COUNTER,
  kind: enumParser(['lastValue']),
  instrument: enumParser(['gauge', 'updowncounter']),
};
const DISTRIBUTION: OptionParsers<DistributionSpec & { readonly event?: string }> = {
  ...SUM,
  kind: enumParser(['distribution']),
  boundaries: parseBoundaries,
};
const KINDS = {
  counter: COUNTER,
  sum: SUM,
  lastValue: LAST_VALUE,
  observableCounter: OBSERVABLE_COUNTER,
  distribution: DISTRIBUTION,
} satisfies { readonly [K in MetricSpec['kind']]: object };
const parseKind = enumParser(Object.keys(KINDS) as MetricSpec['kind'][]);

/** Declared keys of the event that feeds a metric. */
export interface DeclaredKeys {
  readonly measurements?: Fields | undefined;
  readonly metadata?: Fields | undefined;
}

/**
 * Checks a metric against the event that feeds it. Keys that the event does not declare at all are not checked.
 *
 * @throws ConfigurationError for a metric that cannot be recorded
 */
export function checkMetric(
  metric: MetricSpec | MetricDefinition,
  { measurements, metadata }: DeclaredKeys,
): void {
  const { kind, name } = Object(metric) as Partial<MetricSpec>;
  parseName(name, 'name of a metric');
  const of = (key: string) => `${key} of ${name}`;
  const parsers = KINDS[parseKind(kind, of('kind'))];
  parseOptions(`${kind}() ${name}`, metric, parsers as OptionParsers<MetricSpec>, of);
  for (const tag of metric.tags ?? []) {
    const keys =
      typeof tag === 'string' ? [tag] : [tag.key, tag.fallbackKey].filter((key) => key !== undefined);
    for (const key of keys) checkKey(key, of('tags'), metadata);
  }
  if (metric.kind === 'counter') return;
  const { measurement, unit = '1', sourceUnit } = metric;
  if (measurement === undefined)
    throw new ConfigurationError(of('measurement'), measurement, 'a key or a function');
  if (typeof measurement === 'string') checkKey(measurement, of('measurement'), measurements);
  const declared = typeof measurement === 'string' ? measurements?.[measurement]?.unit : undefined;
  const from = sourceUnit ?? declared ?? unit;
  if (conversionFactor(from, unit) === undefined)
    throw new ConfigurationError(of('unit'), unit, [from, ...targetUnits(from)].join(', '));
}

function checkKey(key: string, setting: string, declared: Fields | undefined): void {
  if (declared === undefined || Object.hasOwn(declared, key)) return;
  const keys = Object.keys(declared);
  throw new ConfigurationError(
    setting,
    key,
    keys.length > 0 ? keys.join(', ') : 'none: the event declares no such key',
  );
}
