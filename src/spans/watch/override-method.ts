type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Returns the method that takes the place of `original`. */
export type Replace = (original: AnyFunction) => AnyFunction;

/**
 * Replaces a method of an object of the host. Leaves no trace on an object that does not allow it, such as a frozen one or a Proxy.
 *
 * @returns a function that restores the method; `undefined` if it could not be replaced
 */
export function overrideMethod(object: object, key: PropertyKey, replace: Replace): (() => void) | undefined {
  try {
    const original: unknown = Reflect.get(object, key);
    if (typeof original !== 'function') return undefined;
    const own = Reflect.getOwnPropertyDescriptor(object, key);
    const value = replace(original as AnyFunction);
    const descriptor = { value, configurable: true, writable: true, enumerable: own?.enumerable ?? false };
    if (!Reflect.defineProperty(object, key, descriptor)) return undefined;
    const restore = () => {
      if (Reflect.getOwnPropertyDescriptor(object, key)?.value !== value) return;
      if (own === undefined) Reflect.deleteProperty(object, key);
      else Reflect.defineProperty(object, key, own);
    };
    if (Reflect.get(object, key) === value) return restore;
    // A Proxy answers with a method of its own, but passed the definition on to its target.
    restore();
    return undefined;
  } catch {
    return undefined;
  }
}
