import type { Context } from '@opentelemetry/api';
import { isPromiseLike } from '../../common/is-promise-like.js';
import { finish, finishWithError, type OpenOperation } from '../operation.js';
import { isIterator, watchIterator } from './iterators.js';
import { ObjectWatch } from './object-watch.js';
import { isPlainPromise } from './plain-promise.js';
import { watchPromiseLike } from './promise-likes.js';
import { isNodeStream, isSocket, watchNodeStream, watchWebStream, webStreamOf } from './streams.js';

/**
 * Ends the operation when its result ends; at once if the result is a plain value. Never throws.
 *
 * @param context in which the code of the result runs
 * @returns the result, the same object; a derived promise for a plain native one
 */
export function watchResult(result: object, operation: OpenOperation, context: Context): unknown {
  if (isPlainPromise(result)) {
    return result.then(
      (value) => {
        watchValue(value, operation, context);
        return value;
      },
      (error) => {
        finishWithError(operation, error);
        throw error;
      },
    );
  }
  if (isPromiseLike(result)) {
    const isWatched = ObjectWatch.add(result, operation, context, (watch) =>
      watchPromiseLike(result, watch, (value) =>
        watch.end((ended) => watchValue(value, ended, watch.context)),
      ),
    );
    if (!isWatched) finish(operation);
  } else {
    watchValue(result, operation, context);
  }
  return result;
}

/** Ends the operation with the iterator or stream, or else at once. */
function watchValue(value: unknown, operation: OpenOperation, context: Context): void {
  if (typeof value === 'object' && value !== null) {
    try {
      const begin = Array.isArray(value) ? undefined : watcherOf(value);
      if (begin !== undefined && ObjectWatch.add(value, operation, context, begin)) return;
    } catch {
      // A getter or a Proxy of the host threw. The span then ends at once.
    }
  }
  finish(operation);
}

function watcherOf(value: object): ((watch: ObjectWatch) => boolean) | undefined {
  if (isSocket(value)) return undefined;
  if (isNodeStream(value)) return (watch) => watchNodeStream(value, watch);
  const webStream = webStreamOf(value);
  if (webStream !== undefined) return (watch) => watchWebStream(webStream, watch);
  if (isIterator(value)) return (watch) => watchIterator(value, watch);
  return undefined;
}
