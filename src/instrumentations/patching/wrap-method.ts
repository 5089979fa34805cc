import { catchErrors } from '../../common/catch-errors.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Wraps a method with an own property of the object. If other code has wrapped the method since, the wrapper stays after it is undone
 * and calls the original.
 *
 * @param create creates the wrapper
 * @returns function that restores the method
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
    // Returns false if the host has frozen the object since. The wrapper stays, and calls the original.
    if (own === undefined) Reflect.deleteProperty(target, key);
    else Reflect.defineProperty(target, key, own);
  };
}

/**
 * Calls `listener` with the arguments of each call of a method, before the method. An error that the listener throws is logged once.
 *
 * @returns function that restores the method
 */
export function beforeCalls(target: object, key: string, listener: (...args: unknown[]) => void): () => void {
  const notify = catchErrors('Recording a library call', listener);
  return wrapMethod(
    target,
    key,
    (original) =>
      function (...args) {
        notify(...args);
        return Reflect.apply(original, this, args);
      },
  );
}

/**
 * Calls `listener` with the object and the arguments of each call of a method, before the method. An error that the listener throws is logged once.
 *
 * @param activity what fails, in the log message
 * @returns function that restores the method
 */
export function beforeCallsOf(
  prototype: object,
  key: string,
  activity: string,
  listener: (object: object, args: readonly unknown[]) => void,
): () => void {
  const notify = catchErrors(activity, listener);
  return wrapMethod(
    prototype,
    key,
    (original) =>
      function (...args) {
        notify(this as object, args);
        return Reflect.apply(original, this, args);
      },
  );
}

/** Sets the name and length of `replacement` to those of `original`, and returns it. */
export function copyNameAndLength(original: Method, replacement: Method): Method {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(replacement, key, { value: original[key], configurable: true });
  }
  return replacement;
}
