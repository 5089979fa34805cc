import { errorMessage } from '../../common/error-message.js';
import { warnOnce } from '../../common/warn-once.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Puts a method in front of the one that an object has, as an own property, until the returned function is called.
 * Where somebody has wrapped it meanwhile it stays, and only calls on.
 */
export function wrapMethod(target: object, key: string, create: (original: Method) => Method): () => void {
  const own = Object.getOwnPropertyDescriptor(target, key);
  const original = Reflect.get(target, key) as Method;
  let current = create(original);
  const replacement = copyNameAndLength(original, function (...args) {
    return Reflect.apply(current, this, args);
  });
  Object.defineProperty(target, key, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? false,
  });
  return () => {
    current = original;
    if (Reflect.get(target, key) !== replacement) return;
    if (own === undefined) Reflect.deleteProperty(target, key);
    else Object.defineProperty(target, key, own);
  };
}

/**
 * Calls `listener` before each call of a method, with its arguments, until the returned function is called. What the
 * listener throws is told once, and goes no further.
 */
export const beforeCalls = (
  target: object,
  key: string,
  listener: (...args: unknown[]) => void,
): (() => void) =>
  wrapMethod(
    target,
    key,
    (original) =>
      function (...args) {
        guarded(listener, args);
        return Reflect.apply(original, this, args);
      },
  );

/** Runs code of ours in the host's path. */
export function guarded<A extends unknown[]>(run: (...args: A) => void, args: A): void {
  try {
    run(...args);
  } catch (error) {
    warnOnce(`Reporting from a library failed: ${errorMessage(error)}`);
  }
}

/** Gives a function the name and the length of another. */
export function copyNameAndLength(original: Method, replacement: Method): Method {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(replacement, key, { value: original[key], configurable: true });
  }
  return replacement;
}
