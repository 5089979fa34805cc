import { types } from 'node:util';
import { context } from '@opentelemetry/api';
import type { ObjectWatch } from './object-watch.js';
import { isPlainPromise } from './plain-promise.js';

type Callback = (...args: unknown[]) => unknown;

/** Members of every promise. */
const STANDARD = new Set<string>(['constructor', 'then', 'catch', 'finally']);

/** As Promise, but `await` calls the `then` of a promise with this constructor. */
class AwaitedByThen<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
}

/**
 * Ends the watch when the caller learns how the promise-like was settled. Calls none of its methods itself, which may start a
 * lazy operation or read a response. Work that the caller starts by awaiting it runs in the context of the watch.
 *
 * @param settle called with the value that it was fulfilled with
 */
export function watchPromiseLike(
  value: object,
  watch: ObjectWatch,
  settle: (value: unknown) => void,
): boolean {
  // Calls of methods such as `withResponse()` that have not settled. Their parts settle before they do.
  let pendingCalls = 0;
  const fulfilled = (result: unknown) => {
    if (pendingCalls === 0) settle(result);
  };
  const rejected = (error: unknown) => {
    if (pendingCalls === 0) watch.fail(error);
  };
  const isWatched = watch.override(
    value,
    'then',
    (original) =>
      function (this: unknown, onFulfilled, onRejected, ...more) {
        const caller = context.active();
        const callBack = (callback: Callback, ...args: unknown[]) =>
          context.with(caller, callback, undefined, ...args);
        const onValue = (...args: unknown[]) => {
          fulfilled(args[0]);
          return typeof onFulfilled === 'function' ? callBack(onFulfilled as Callback, ...args) : args[0];
        };
        const onError = (...args: unknown[]) => {
          rejected(args[0]);
          if (typeof onRejected === 'function') return callBack(onRejected as Callback, ...args);
          throw args[0];
        };
        try {
          return context.with(watch.context, original, this, onValue, onError, ...more);
        } catch (error) {
          rejected(error);
          throw error;
        }
      },
  );
  if (!isWatched) return false;

  const derive = (promise: Promise<unknown>, before = () => {}) =>
    promise.then(
      (result) => {
        before();
        fulfilled(result);
        return result;
      },
      (error) => {
        before();
        rejected(error);
        throw error;
      },
    );
  for (const key of ['catch', 'finally'] as const) {
    // The standard method calls `then`.
    if (Reflect.get(value, key) === Promise.prototype[key]) continue;
    watch.override(
      value,
      key,
      (original) =>
        function (this: unknown, ...args) {
          const [callback] = args;
          if (key === 'catch' && args.length === 1 && typeof callback === 'function') {
            args[0] = (...thrown: unknown[]) => {
              rejected(thrown[0]);
              return callback(...thrown);
            };
          }
          const result = original.apply(this, args);
          return isPlainPromise(result) ? derive(result) : result;
        },
    );
  }
  if (!types.isPromise(value)) return true;

  if (value.constructor === Promise) watch.override(value, 'constructor', () => AwaitedByThen as never);
  for (const key of methodsOf(value)) {
    watch.override(
      value,
      key,
      (original) =>
        function (this: unknown, ...args) {
          pendingCalls++;
          const done = () => {
            pendingCalls--;
          };
          let result: unknown;
          try {
            result = context.with(watch.context, original, this, ...args);
          } catch (error) {
            done();
            throw error;
          }
          if (isPlainPromise(result)) return derive(result, done);
          done();
          return result;
        },
    );
  }
  return true;
}

/** Returns the names of the methods that a native promise has beyond those of every promise. */
function methodsOf(promise: object): Set<string> {
  const names = new Set<string>();
  let owner: object | null = promise;
  // Promise.prototype of any realm has a tag of its own.
  while (owner !== null && !Object.hasOwn(owner, Symbol.toStringTag)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
      if (typeof value === 'function' && !STANDARD.has(name)) names.add(name);
    owner = Object.getPrototypeOf(owner);
  }
  return names;
}
