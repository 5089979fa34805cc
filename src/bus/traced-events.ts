import { channel as openChannel } from 'node:diagnostics_channel';
import type { AnyEvent } from '../catalog/any-event.js';
import { LookupCache } from '../common/lookup-cache.js';
import { listenOn, MAX_REMEMBERED_CHANNELS } from './channels.js';

// Recorders of traces have channels of their own: an operation that records itself on its span builds no event that only they receive.

const PREFIX = 'opentelemetry-instrumentation-snakepit.traced';

const channels = new LookupCache((name) => openChannel(`${PREFIX}.${String(name)}`), MAX_REMEMBERED_CHANNELS);
/** Has subscribers while any event is traced. */
const anyEvent = openChannel(PREFIX);
const ignore = (): void => {};

/** Returns true if a recorder of traces receives the events of that name. */
export const isTraced = (name: string): boolean =>
  anyEvent.hasSubscribers && channels.get(name).hasSubscribers;

/** Passes an event to the recorders of traces that receive it. */
export function traceEvent(event: AnyEvent): void {
  if (anyEvent.hasSubscribers) channels.get(event.name).publish(event);
}

/** Calls `receive` for every traced event of that name until the returned function is called. `receive` must not throw. */
export function listenToTraced(name: string, receive: (event: AnyEvent) => void): () => void {
  const stop = listenOn(channels.get(name), receive);
  anyEvent.subscribe(ignore);
  return () => {
    anyEvent.unsubscribe(ignore);
    stop();
  };
}
