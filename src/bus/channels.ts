import type { Channel } from 'node:diagnostics_channel';
import type { AnyEvent } from '../catalog/any-event.js';

/** Event names come from code. Past this many, something generates names, and further ones are not cached. */
export const MAX_REMEMBERED_CHANNELS = 10_000;

/** Calls `receive` for every event of a channel until the returned function is called. `receive` must not throw. */
export function listenOn(channel: Channel, receive: (event: AnyEvent) => void): () => void {
  const onMessage = receive as (message: unknown) => void;
  channel.subscribe(onMessage);
  return () => {
    channel.unsubscribe(onMessage);
  };
}
