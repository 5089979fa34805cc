import { types } from 'node:util';
import { context } from '@opentelemetry/api';
import { isPromiseLike } from '../../common/is-promise-like.js';
import type { ObjectWatch } from './object-watch.js';
import { overrideMethod, type Replace } from './override-method.js';
import { isPlainPromise } from './plain-promise.js';

/** Replaces a method of an iterator. Returns false if that is impossible. */
type Override = (iterator: object, key: PropertyKey, replace: Replace) => boolean;

const METHODS = ['next', 'return', 'throw'] as const;

/** Returns true for generators, and for async iterators and iterables. */
export const isIterator = (value: object): boolean =>
  types.isGeneratorObject(value) || typeof Reflect.get(value, Symbol.asyncIterator) === 'function';

/** Ends the watch when the iterator, or an iterator of the iterable, is done or left. Its code runs in the context of the watch. */
export function watchIterator(value: object, watch: ObjectWatch): boolean {
  if (typeof Reflect.get(value, 'next') === 'function')
    return watchSteps(value, watch, (...args) => watch.override(...args));
  return watch.override(
    value,
    Symbol.asyncIterator,
    (original) =>
      function (this: unknown, ...args) {
        const iterator = context.with(watch.context, original, this, ...args);
        // An iterable may return many of them: the watch does not keep them.
        if (typeof iterator === 'object' && iterator !== null)
          watchSteps(iterator, watch, (...method) => overrideMethod(...method) !== undefined);
        return iterator;
      },
  );
}

function watchSteps(iterator: object, watch: ObjectWatch, override: Override): boolean {
  const [canWatch, hasReturn] = METHODS.map((key) =>
    override(
      iterator,
      key,
      (original) =>
        function (this: unknown, ...args) {
          let step: unknown;
          try {
            step = context.with(watch.context, original, this, ...args);
          } catch (error) {
            watch.fail(error);
            throw error;
          }
          if (isPlainPromise(step)) return watchStep(step, watch);
          if (isPromiseLike(step)) watchThenableStep(step, watch);
          else if (isDone(step)) watch.finish();
          return step;
        },
    ),
  );
  if (canWatch === true && hasReturn !== true && !types.isGeneratorObject(iterator))
    addReturn(iterator, watch);
  return canWatch === true;
}

/** Adds the method that a loop calls when it is left early to an asynchronous iterator that has none. */
function addReturn(iterator: object, watch: ObjectWatch): void {
  try {
    if (Reflect.get(iterator, 'return') !== undefined) return;
    const value = async (result: unknown) => {
      watch.finish();
      return { done: true, value: result };
    };
    Reflect.defineProperty(iterator, 'return', { value, configurable: true, writable: true });
  } catch {
    // The span then ends when the iterator is garbage collected.
  }
}

const watchStep = (step: Promise<unknown>, watch: ObjectWatch): Promise<unknown> =>
  step.then(
    (result) => {
      if (isDone(result)) watch.finish();
      return result;
    },
    (error) => {
      watch.fail(error);
      throw error;
    },
  );

/** As {@link watchStep}, for a promise-like of the host, which stays the same object. */
function watchThenableStep(step: PromiseLike<unknown>, watch: ObjectWatch): void {
  overrideMethod(
    step,
    'then',
    (original) =>
      function (this: unknown, onFulfilled, onRejected, ...more) {
        const onValue = (...args: unknown[]) => {
          if (isDone(args[0])) watch.finish();
          return typeof onFulfilled === 'function' ? onFulfilled(...args) : args[0];
        };
        const onError = (...args: unknown[]) => {
          watch.fail(args[0]);
          if (typeof onRejected === 'function') return onRejected(...args);
          throw args[0];
        };
        return original.call(this, onValue, onError, ...more);
      },
  );
}

function isDone(step: unknown): boolean {
  try {
    return Boolean((step as IteratorResult<unknown> | undefined)?.done);
  } catch {
    return false;
  }
}
