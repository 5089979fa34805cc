import type { Context } from '@opentelemetry/api';
import { finish, finishWithError, type OpenOperation } from '../operation.js';
import { overrideMethod, type Replace } from './override-method.js';

interface Waiting {
  readonly operation: OpenOperation;
  /** Time at which the operation returned the object, ms of `performance.now()`. */
  readonly returnedAt: number;
}

/** Operations that can wait for one object, such as a stream that every call returns. Further ones end at once. */
const MAX_WAITING = 100;

const watches = new WeakMap<object, ObjectWatch>();
// Must not refer to the object. A watch does, as it restores methods.
const abandoned = new FinalizationRegistry<Waiting>(({ operation, returnedAt }) =>
  finish(operation, undefined, returnedAt),
);

/** The operations that end when an object does: a promise-like, an iterator or a stream that they returned. */
export class ObjectWatch {
  /** Context of the first operation, in which its span is active. */
  readonly context: Context;
  readonly #object: object;
  readonly #waiting = new Set<Waiting>();
  readonly #cleanups: (() => void)[] = [];

  private constructor(object: object, context: Context) {
    this.#object = object;
    this.context = context;
  }

  /**
   * Makes an operation end with the object. Returns false if it has ended, or cannot be watched.
   *
   * @param begin starts to watch; returns false if that is impossible
   */
  static add(
    object: object,
    operation: OpenOperation,
    context: Context,
    begin: (watch: ObjectWatch) => boolean,
  ): boolean {
    let watch = watches.get(object);
    if (watch === undefined) {
      watch = new ObjectWatch(object, context);
      if (!begin(watch)) {
        watch.#cleanUp();
        return false;
      }
      watches.set(object, watch);
    }
    if (watch.#waiting.size >= MAX_WAITING) return false;
    const waiting = { operation, returnedAt: performance.now() };
    watch.#waiting.add(waiting);
    abandoned.register(object, waiting, waiting);
    return true;
  }

  /** Ends the operations. */
  finish(): void {
    this.end((operation) => finish(operation));
  }

  /** Ends the operations with an error. */
  fail(error: unknown): void {
    this.end((operation) => finishWithError(operation, error));
  }

  /** Stops to watch the object, and passes its operations to `endOne`. */
  end(endOne: (operation: OpenOperation) => void): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#cleanUp();
    for (const one of waiting) {
      abandoned.unregister(one);
      endOne(one.operation);
    }
  }

  /** Calls `cleanup` when the object is no longer watched. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** Replaces a method of an object until the watch ends. Returns false if the object has none, or does not allow it. */
  override(object: object, key: PropertyKey, replace: Replace): boolean {
    const restore = overrideMethod(object, key, replace);
    if (restore === undefined) return false;
    this.onEnd(restore);
    return true;
  }

  #cleanUp(): void {
    if (watches.get(this.#object) === this) watches.delete(this.#object);
    for (const cleanup of this.#cleanups.splice(0)) {
      try {
        cleanup();
      } catch {
        // A Proxy may refuse. The replaced method then goes on to work.
      }
    }
  }
}
