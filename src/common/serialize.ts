import { errorClass } from './error-class.js';
import { isError } from './is-error.js';
import { redact } from './redact.js';
import { isAmbiguousKey, isRandomLooking, isSecretKey, REDACTED } from './secret-shapes.js';

const MAX_DEPTH = 8;

/** Options of {@link serialize}. */
interface SerializeOptions {
  /** Includes the messages of errors, not only their class. @default false */
  readonly errorText?: boolean;
}

/**
 * Returns a value as JSON of about `limit` characters, where reading stops; an Error as its class. Values of secret keys are redacted. Never throws,
 * whatever getters and `toJSON` do.
 */
export function serialize(
  value: unknown,
  limit: number,
  { errorText = false }: SerializeOptions = {},
): string {
  let rest = limit;
  let json = '';
  const parents = new Set<object>();

  const put = (part: string): void => {
    json += part;
    rest -= part.length;
  };
  const putText = (text: string): void =>
    put(JSON.stringify(text.length > rest ? text.slice(0, Math.max(rest, 0)) : text));

  const putItems = (open: string, close: string, items: Iterable<unknown>): void => {
    put(open);
    let isFirst = true;
    for (const item of items) {
      if (rest <= 0) break;
      if (!isFirst) put(',');
      isFirst = false;
      if (!putValue(item)) put('null');
    }
    put(close);
  };
  const putProperties = (entries: object): void => {
    put('{');
    let isFirst = true;
    for (const key in entries) {
      if (rest <= 0) break;
      if (!Object.hasOwn(entries, key)) continue;
      const item = property(entries, key);
      if (item === undefined || typeof item === 'function' || typeof item === 'symbol') continue;
      if (!isFirst) put(',');
      isFirst = false;
      putText(key);
      put(':');
      const isSecret =
        item !== null &&
        typeof item !== 'boolean' &&
        (isSecretKey(key) || (typeof item === 'string' && isAmbiguousKey(key) && isRandomLooking(item)));
      if (isSecret) putText(REDACTED);
      else putValue(item);
    }
    put('}');
  };

  /** Returns false for values that JSON has no text for. */
  const putValue = (item: unknown): boolean => {
    switch (typeof item) {
      case 'string':
        // Before quotes are escaped, which hides the shape of some secrets.
        putText(redact(item));
        return true;
      case 'bigint':
        putText(String(item));
        return true;
      case 'number':
        put(Number.isFinite(item) ? String(item) : 'null');
        return true;
      case 'boolean':
        put(String(item));
        return true;
      case 'object':
        break;
      default:
        return false;
    }
    if (item === null) put('null');
    else if (parents.has(item)) throw new TypeError('circular');
    else if (parents.size >= MAX_DEPTH) putText('[nested]');
    else {
      parents.add(item);
      putObject(item);
      parents.delete(item);
    }
    return true;
  };
  const putObject = (item: object): void => {
    if (isError(item)) putText(describeError(item, errorText));
    else if (typeof (item as { toJSON?: unknown }).toJSON === 'function' && !ArrayBuffer.isView(item)) {
      const replaced = (item as { toJSON(): unknown }).toJSON();
      if (!putValue(replaced)) put('null');
    } else if (ArrayBuffer.isView(item)) putText(`[${item.constructor.name} of ${item.byteLength} bytes]`);
    else if (Array.isArray(item) || item instanceof Set) putItems('[', ']', item);
    else if (item instanceof Map) putItems('[', ']', item);
    else putProperties(item);
  };

  try {
    if (isError(value)) return describeError(value, errorText).slice(0, limit);
    return putValue(value) ? json : String(value);
  } catch {
    return '[unprintable]';
  }
}

function describeError(error: Error, withText: boolean): string {
  const name = errorClass(error) ?? 'Error';
  return withText ? `${name}: ${property(error, 'message')}` : name;
}

/** Reads a property; a getter that throws has no effect. */
export function property(owner: object, key: string): unknown {
  try {
    return (owner as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
}
