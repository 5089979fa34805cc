import { type Channel, channel as openChannel } from 'node:diagnostics_channel';
import type { Span } from '@opentelemetry/api';
import type { AnyEvent, EventName, Measurements, Metadata } from '../catalog/event-map.js';
import { LookupCache } from '../common/lookup-cache.js';

const NOTHING = Object.freeze({});

/** Names come from code, not from data; past this many, something builds names and they must not be remembered. */
const MAX_REMEMBERED_CHANNELS = 10_000;

const channels = new LookupCache((name) => openChannel(String(name)), MAX_REMEMBERED_CHANNELS);

/** The channel of an event: one per name, process-wide. */
export const channelOf = (name: string): Channel => channels.get(name);

/**
 * Publishes an event. Costs a look-up when nobody observes it, and never throws.
 *
 * @param measurements numbers; durations in nanoseconds
 * @param metadata what the event is about, in Snakepit's snake_case keys. @default {}
 */
export function execute<const N extends EventName>(
  name: N,
  measurements: Measurements<N>,
  metadata: Metadata<N> = NOTHING as Metadata<N>,
): void {
  const channel = channels.get(name);
  if (channel.hasSubscribers) publish(channel, name, measurements, metadata);
}

/** Publishes on a channel that the caller has found to be observed. */
export function publish(
  channel: Channel,
  name: string,
  measurements: object,
  metadata: object,
  span?: Span,
): void {
  channel.publish({ name, measurements: measurements ?? NOTHING, metadata: metadata ?? NOTHING, span });
}

/**
 * Calls `listener` for every event of that name until the returned function is called.
 * For consumers: `listener` must not throw.
 */
export function subscribe(name: string, listener: (event: AnyEvent) => void): () => void {
  const channel = channelOf(name);
  const receive = (message: unknown) => listener(message as AnyEvent);
  channel.subscribe(receive);
  return () => {
    channel.unsubscribe(receive);
  };
}
