import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { MAX_TIMER_MS } from 'opentelemetry-instrumentation-snakepit/internal';

/** A flag of a command. */
export interface Flag<T> {
  /** One letter, for `-n`. */
  readonly short?: string;
  /** Word for the value in the help, such as `FILE`; absent for a flag without a value. */
  readonly value?: string;
  /** The only allowed values, for the help and for completion. */
  readonly choices?: readonly string[];
  readonly description: string;
  /**
   * Returns the value.
   *
   * @param name name of the flag, for messages
   * @throws ConfigurationError for a value that cannot be used
   */
  readonly parse: (text: string, name: string) => T;
}

/** Flags by name, without dashes. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;
/** Values of flags; undefined for one that is not given. */
export type FlagValues<F extends Flags> = {
  readonly [N in keyof F]: F[N] extends Flag<infer T> ? T | undefined : never;
};

/** Returns a flag without a value. */
export const switchFlag = (description: string): Flag<true> => ({ description, parse: () => true });

/** Returns a flag with a text. @param value word for it in the help; `FILE` is completed with files */
export const textFlag = (value: string, description: string, short?: string): Flag<string> => ({
  ...(short !== undefined && { short }),
  value,
  description,
  parse: (text, name) => {
    if (text.trim() === '') throw new ConfigurationError(name, text, 'a non-empty string');
    return text;
  },
});

/** Returns a flag that takes one of several words. */
export const choiceFlag = <const T extends string>(
  choices: readonly T[],
  value: string,
  description: string,
): Flag<T> => ({
  value,
  choices,
  description,
  parse: (text, name) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new ConfigurationError(name, text, choices.join(', '));
    return found;
  },
});

/** Returns a flag with an integer, both limits included. */
export const integerFlag = (
  minimum: number,
  maximum: number,
  value: string,
  description: string,
  short?: string,
): Flag<number> => ({
  ...(short !== undefined && { short }),
  value,
  description,
  parse: (text, name) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= minimum && number <= maximum) return number;
    throw new ConfigurationError(name, text, `an integer from ${minimum} to ${maximum}`);
  },
});

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Returns a flag with a duration, in ms: `10s` → 10000. */
export const durationFlag = (minimumMs: number, description: string): Flag<number> => ({
  value: 'DURATION',
  description,
  parse: (text, name) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
    const ms = Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
    if (ms >= minimumMs && ms <= MAX_TIMER_MS) return Math.round(ms);
    const allowed = `a number and ms, s, m or h, such as 10s; at least ${minimumMs} ms and at most 24 days`;
    throw new ConfigurationError(name, text, allowed);
  },
});
