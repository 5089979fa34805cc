import type { EventEmitter } from 'node:events';
import { beforeCalls } from './wrap-method.js';

/** Receivers of the arguments of events, by name of the event. */
export type EventReceivers = ReadonlyMap<unknown, (...args: never[]) => void>;

interface ObservedEmitter {
  readonly receivers: Set<EventReceivers>;
  readonly restore: () => void;
}

const observed = new WeakMap<object, ObservedEmitter>();

/**
 * Calls the receivers when an emitter emits their events, before its listeners. Adds no listener to the emitter: the host could count
 * it, be warned of too many, or remove it with `removeAllListeners()`. A listener of `error` would make the error of a host that has
 * none a handled one.
 *
 * @returns function that stops
 */
export function observeEvents(emitter: EventEmitter, receivers: EventReceivers): () => void {
  const known = observed.get(emitter);
  const all = known?.receivers ?? new Set();
  all.add(receivers);
  if (known === undefined) observed.set(emitter, { receivers: all, restore: notifyOf(emitter, all) });
  return () => {
    all.delete(receivers);
    if (all.size > 0 || observed.get(emitter)?.receivers !== all) return;
    observed.get(emitter)?.restore();
    observed.delete(emitter);
  };
}

/** A receiver that stops during an event leaves the others of that event. */
const notifyOf = (emitter: EventEmitter, all: ReadonlySet<EventReceivers>): (() => void) =>
  beforeCalls(emitter, 'emit', (event, ...args) => {
    for (const receivers of all) receivers.get(event)?.(...(args as never[]));
  });
