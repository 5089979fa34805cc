import { type Channel, channel as openChannel } from 'node:diagnostics_channel';
import type { Span } from '@opentelemetry/api';
import type { AnyEvent, RemoteOrigin } from '../catalog/any-event.js';
import type { EventName, KnownName, Measurements, Metadata } from '../catalog/event-map.js';
import { errorMessage } from '../common/error-message.js';
import { LookupCache } from '../common/lookup-cache.js';
import { singleLine } from '../common/single-line.js';
import { warnOnce } from '../common/warn-once.js';
import { listenOn, MAX_REMEMBERED_CHANNELS } from './channels.js';
import { warnIfMisspelled } from './check-name.js';
import { isTraced, listenToTraced, traceEvent } from './traced-events.js';

const EMPTY = Object.freeze({});

const channels = new LookupCache((name) => {
  warnIfMisspelled(String(name));
  return openChannel(String(name));
}, MAX_REMEMBERED_CHANNELS);

/** Returns the channel of an event: one per name and process. */
export const channelOf = (name: string): Channel => channels.get(name);

/**
 * Publishes an event. Costs one table look-up if no handler or recorder is attached. Never throws.
 *
 * @param name name of the event
 * @param measurements numbers; durations in nanoseconds
 * @param metadata subject of the event, in Snakepit's snake_case keys. @default {}
 */
export function execute<const N extends EventName>(
  name: N & KnownName<N>,
  measurements: Measurements<N>,
  metadata: Metadata<N> = EMPTY as Metadata<N>,
): void {
  try {
    const channel = channels.get(name);
    if (isObserved(channel, name)) publish(channel, name, measurements, metadata);
  } catch (error) {
    // Only a name that is no string gets here: subscribers catch their own errors.
    warnOnce(`Publishing ${singleLine(name)} failed: ${errorMessage(error)}`);
  }
}

/** Returns true if a handler or recorder receives the events of a channel. */
export const isObserved = (channel: Channel, name: string): boolean =>
  channel.hasSubscribers || isTraced(name);

/** Publishes an event on its channel, for handlers and all recorders. */
export function publish(
  channel: Channel,
  name: string,
  measurements: object,
  metadata: object,
  span?: Span,
  remote?: RemoteOrigin,
): void {
  const event = eventOf(name, measurements, metadata, span, remote);
  channel.publish(event);
  traceEvent(event);
}

/** Publishes an event of an operation that records itself on its span, for handlers and all recorders but those of traces. */
export function publishUntraced(channel: Channel, measurements: object, metadata: object, span?: Span): void {
  channel.publish(eventOf(String(channel.name), measurements, metadata, span));
}

const eventOf = (
  name: string,
  measurements: object | undefined,
  metadata: object | undefined,
  span?: Span,
  remote?: RemoteOrigin,
): AnyEvent =>
  ({ name, measurements: measurements ?? EMPTY, metadata: metadata ?? EMPTY, span, remote }) as AnyEvent;

/** Calls `receive` for every event of that name until the returned function is called. `receive` must not throw. */
export const listen = (name: string, receive: (event: AnyEvent) => void): (() => void) =>
  listenOn(channelOf(name), receive);

/**
 * Calls `listener` of a recorder for every event of that name until the returned function is called. An error that it throws is
 * logged once. An event that the host's SDK publishes while the same event is recorded, as from a span processor, is dropped.
 */
export const subscribe = (name: string, listener: (event: AnyEvent) => void): (() => void) =>
  listen(name, guarded(name, listener));

/** As {@link subscribe}, for recorders of traces: not for events of operations that record themselves on their spans. */
export const subscribeToTraced = (name: string, listener: (event: AnyEvent) => void): (() => void) =>
  listenToTraced(name, guarded(name, listener));

function guarded(name: string, listener: (event: AnyEvent) => void): (event: AnyEvent) => void {
  let isRecording = false;
  return (event) => {
    if (isRecording) return;
    isRecording = true;
    try {
      listener(event);
    } catch (error) {
      warnOnce(`Recording ${name} failed: ${errorMessage(error)}`);
    } finally {
      isRecording = false;
    }
  };
}
