import { type OptionParsers, parseOptions } from '../../configuration/options.js';
import { millisecondsParser } from '../../configuration/parse.js';

/** Time that spans wait for their stop event. */
export interface SpanTimes {
  /** Time since the start event, ms. */
  readonly maxAgeMs: number;
  /** Time since the end of its call, ms. */
  readonly unfinishedGraceMs: number;
}

/** Time that spans wait for their stop event, unless the host sets another. */
export const SPAN_TIMES: SpanTimes = { maxAgeMs: 900_000, unfinishedGraceMs: 5000 };

const OPTIONS: OptionParsers<SpanTimes> = {
  maxAgeMs: millisecondsParser(1),
  unfinishedGraceMs: millisecondsParser(0),
};

/** Parses the option `spans`. @throws ConfigurationError for an unknown key, or a value that a timer does not support */
export const parseSpanTimes = (value: unknown): Partial<SpanTimes> =>
  parseOptions('spans', value, OPTIONS, (key) => `spans.${key}`);
