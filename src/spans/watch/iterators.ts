import { types } from 'node:util';
import { context } from '@opentelemetry/api';
import type { ObjectWatch } from './object-watch.js';
import { isPlainPromise } from './plain-promise.js';

/** Returns true for generators, and for async iterators and iterables. */
export const isIterator = (value: object): boolean =>
  types.isGeneratorObject(value) || typeof Reflect.get(value, Symbol.asyncIterator) === 'function';

/** Ends the watch when the iterator, or an iterator of the iterable, is done. Its code runs in the context of the watch. */
export function watchIterator(value: object, watch: ObjectWatch): boolean {
  if (typeof Reflect.get(value, 'next') === 'function') return watchSteps(value, watch);
  return watch.override(
    value,
    Symbol.asyncIterator,
    (original) =>
      function (this: unknown, ...args) {
        const iterator = context.with(watch.context, original, this, ...args);
        if (typeof iterator === 'object' && iterator !== null) watchSteps(iterator, watch);
        return iterator;
      },
  );
}

function watchSteps(iterator: object, watch: ObjectWatch): boolean {
  const [canWatch] = ['next', 'return', 'throw'].map((key) =>
    watch.override(
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
          if (isDone(step)) watch.finish();
          return step;
        },
    ),
  );
  return canWatch === true;
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

function isDone(step: unknown): boolean {
  try {
    return Boolean((step as IteratorResult<unknown> | undefined)?.done);
  } catch {
    return false;
  }
}
