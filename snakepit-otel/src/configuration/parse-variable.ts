import { readFileSync } from 'node:fs';
import { errorMessage, MAX_TIMER_MS } from 'opentelemetry-instrumentation-snakepit/internal';

/**
 * Returns the typed value of a variable, or undefined if the text cannot be used at all.
 *
 * @param text value of the variable, trimmed and not empty
 * @param reject called for a part that cannot be used, if the rest can
 */
export type VariableParser<T> = (text: string, reject: (problem: string) => void) => T | undefined;

/** A parser and the noun phrase of the values that it accepts. */
export interface Accepted<T> {
  readonly parse: VariableParser<T>;
  readonly accepts: string;
}

/** `true` in any case. Every other text is false, as the specification says, with a warning unless it is `false`. */
export const boolean: Accepted<boolean> = {
  accepts: 'true or false',
  parse: (text, reject) => {
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') reject('it takes true or false, and counts as false');
    return lower === 'true';
  },
};

/** Integers between two limits, both included. */
export const integer = (minimum: number, maximum = Number.MAX_SAFE_INTEGER): Accepted<number> => ({
  accepts:
    maximum === Number.MAX_SAFE_INTEGER
      ? `an integer of at least ${minimum}`
      : `an integer from ${minimum} to ${maximum}`,
  parse: (text) => {
    const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    return number >= minimum && number <= maximum ? number : undefined;
  },
});

/** Milliseconds that a timer of Node supports. */
export const milliseconds = (minimum: number): Accepted<number> => {
  const { accepts, parse } = integer(minimum, MAX_TIMER_MS);
  return { accepts: `${accepts} (ms)`, parse };
};

/** One of several names, in any case. */
export const oneOf = <const T extends string>(names: readonly T[]): Accepted<T> => ({
  accepts: names.join(', '),
  parse: (text) => names.find((name) => name === text.toLowerCase()),
});

/** A comma-separated list of names. Unknown names are skipped; a list without a known name is rejected. */
export const listOf = <const T extends string>(names: readonly T[]): Accepted<readonly T[]> => {
  const { accepts, parse } = oneOf(names);
  return {
    accepts: `a list of ${accepts}`,
    parse: (text, reject) => {
      const items = text.split(',').flatMap((item) => item.trim() || []);
      const known = new Set<T>();
      const unknown: string[] = [];
      for (const item of items) {
        const name = parse(item, reject);
        if (name === undefined) unknown.push(item);
        else known.add(name);
      }
      if (known.size === 0) return undefined;
      for (const item of unknown) reject(`${JSON.stringify(item)} is skipped: not one of ${accepts}`);
      return [...known];
    },
  };
};

export const text: Accepted<string> = { accepts: 'text', parse: (value) => value };

/** A number from 0 to 1. */
export const ratio: Accepted<number> = {
  accepts: 'a number from 0 to 1',
  parse: (value) => {
    const number = Number(value);
    return number >= 0 && number <= 1 ? number : undefined;
  },
};

/**
 * An OTLP endpoint: a URL, or a target without a scheme of HTTP, which only gRPC supports.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
 */
export const endpoint: Accepted<string> = {
  accepts: 'an http:// or https:// URL; for gRPC also host:port, dns:host:port and unix:path',
  parse: (value) => (isHttpUrl(value) || isGrpcTarget(value) ? value : undefined),
};

export const isHttpUrl = (value: string): boolean =>
  /^https?:\/\//i.test(value) && URL.canParse(value) && new URL(value).hostname !== '';

/** Returns true for a target without a scheme of HTTP: `host:port`, or a name that gRPC resolves by `dns:` or `unix:`. */
export const isGrpcTarget = (value: string): boolean =>
  UNIX.test(value) || isHostAndPort(value.replace(DNS, ''));

const UNIX = /^unix:(?:\/\/)?(?=\/[^/\s])/i;
/** https://github.com/grpc/grpc/blob/master/doc/naming.md */
const DNS = /^dns:(?:\/\/[^/\s]*\/)?/i;

const isHostAndPort = (value: string): boolean =>
  /^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i.test(value) && URL.canParse(`http://${value}`);

/** Returns a target in a form that the exporters for gRPC take: they know `unix:///path`, and resolve names by DNS anyway. */
export const grpcTarget = (value: string): string => value.replace(DNS, '').replace(UNIX, 'unix://');

/** Path of a file that can be read. */
export const readableFile: Accepted<string> = {
  accepts: 'the path of a readable file',
  parse: (path, reject) => {
    try {
      readFileSync(path);
      return path;
    } catch (error) {
      reject(errorMessage(error));
      return undefined;
    }
  },
};

/**
 * Comma-separated `key=value` pairs with percent-encoded keys and values. Any error rejects all of them.
 *
 * @see https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
 */
export const attributes: Accepted<Readonly<Record<string, string>>> = {
  accepts: 'key=value pairs, percent-encoded and separated by commas',
  parse: (value) => {
    const pairs = value.split(',').filter((part) => part.trim() !== '');
    const entries = pairs.map(decodePair);
    return entries.every((entry) => entry !== undefined) ? Object.fromEntries(entries) : undefined;
  },
};

/** Headers: `key=value` pairs. A header that no transport accepts is skipped. */
export const headers: Accepted<Readonly<Record<string, string>>> = {
  accepts: 'key=value pairs, percent-encoded and separated by commas',
  parse: (value, reject) => {
    const usable: Record<string, string> = Object.create(null);
    for (const part of value.split(',').filter((each) => each.trim() !== '')) {
      const pair = decodePair(part);
      if (pair === undefined)
        reject(`header ${JSON.stringify(keyOf(part))} is skipped: not a key=value pair`);
      else {
        const [name, content] = pair;
        const problem = describeHeaderProblem(name, content);
        if (problem === undefined) usable[name] = content;
        else reject(`header ${JSON.stringify(name)} is skipped: ${problem}`);
      }
    }
    return Object.keys(usable).length > 0 ? { ...usable } : undefined;
  },
};

/** Returns the problem of a header that HTTP or gRPC refuses, without its value. */
export function describeHeaderProblem(name: string, value: string): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return 'its name has characters that a header name cannot have';
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return 'its value has characters that a header cannot have';
  return undefined;
}

const keyOf = (pair: string): string => pair.split('=', 1)[0]?.trim() ?? '';

function decodePair(pair: string): [string, string] | undefined {
  const separator = pair.indexOf('=');
  if (separator < 1 || pair.slice(0, separator).trim() === '') return undefined;
  try {
    return [
      decodeURIComponent(pair.slice(0, separator).trim()),
      decodeURIComponent(pair.slice(separator + 1).trim()),
    ];
  } catch {
    return undefined;
  }
}
