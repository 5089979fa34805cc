import { errorMonitor } from 'node:events';
import { finished, type Readable } from 'node:stream';
import { context } from '@opentelemetry/api';
import type { ObjectWatch } from './object-watch.js';
import { overrideMethod, type Replace } from './override-method.js';

/** Methods that run code of a Node stream. `_final` is not among them: streams compare it. */
const NODE_STREAM_METHODS = ['_read', '_write', '_writev', '_transform', '_flush'] as const;

/** Returns true for a socket: a connection rather than a result that ends. */
export const isSocket = (value: object): boolean =>
  typeof (value as { readonly connecting?: unknown }).connecting === 'boolean';

/** Returns true for streams of Node and messages of `node:http`. */
export function isNodeStream(value: object): value is NodeJS.EventEmitter {
  const { on, _readableState, _writableState, writableFinished } = value as Record<string, unknown>;
  return (
    typeof on === 'function' &&
    (typeof (_readableState ?? _writableState) === 'object' || typeof writableFinished === 'boolean')
  );
}

/** Ends the watch when the stream has been read or written to its end, fails or is closed. */
export function watchNodeStream(value: NodeJS.EventEmitter, watch: ObjectWatch): boolean {
  const stream = value as Readable & { readonly writableFinished?: boolean };
  const isReadable = typeof stream.readableEnded === 'boolean';
  if (stream.destroyed || (isReadable ? stream.readableEnded : stream.writableFinished)) return false;
  const onEnd = () => watch.finish();
  // A listener for 'error' would hide errors that the host does not handle.
  const listeners = [
    [errorMonitor, (error: unknown) => watch.fail(error)],
    [isReadable ? 'end' : 'finish', onEnd],
    ['close', onEnd],
  ] as const;
  for (const [event, listener] of listeners) {
    value.on(event, listener);
    watch.onEnd(() => value.off(event, listener));
  }
  for (const key of NODE_STREAM_METHODS) runInContext(value, key, watch);
  return true;
}

/** Returns the web stream whose end is that of the value: itself, or the readable side of a transform stream. */
export function webStreamOf(value: object): object | undefined {
  if (isInstance(value, 'ReadableStream') || isInstance(value, 'WritableStream')) return value;
  return isInstance(value, 'TransformStream') ? (value as TransformStream).readable : undefined;
}

/** Returns true for an instance of a global class, which an environment of a test runner may lack. */
function isInstance(value: object, name: 'ReadableStream' | 'WritableStream' | 'TransformStream'): boolean {
  const Class: unknown = globalThis[name];
  return typeof Class === 'function' && value instanceof Class;
}

/** Ends the watch when the stream is closed, cancelled, aborted, or fails. Locks nothing. */
export function watchWebStream(stream: object, watch: ObjectWatch): boolean {
  finished(stream as NodeJS.ReadableStream, (error) => {
    if (error) watch.fail(error);
    else watch.finish();
  });
  for (const key of ['pipeTo', 'pipeThrough', 'tee', 'cancel']) runInContext(stream, key, watch);
  runInContext(stream, 'getReader', watch, 'read');
  for (const key of ['values', Symbol.asyncIterator]) runInContext(stream, key, watch, 'next');
  return true;
}

/** Calls the method, and a method of each object that it returns, in the context of the watch. */
function runInContext(object: object, key: PropertyKey, watch: ObjectWatch, methodOfResult?: string): void {
  watch.override(object, key, (original) => {
    const run = inContext(original, watch);
    if (methodOfResult === undefined) return run;
    return function (this: unknown, ...args) {
      const result = run.apply(this, args);
      // A stream may return many of them, such as a reader for each chunk: the watch does not keep them.
      if (typeof result === 'object' && result !== null)
        overrideMethod(result, methodOfResult, (method) => inContext(method, watch));
      return result;
    };
  });
}

const inContext = (method: ReturnType<Replace>, watch: ObjectWatch): ReturnType<Replace> =>
  function (this: unknown, ...args) {
    return context.with(watch.context, method, this, ...args);
  };
