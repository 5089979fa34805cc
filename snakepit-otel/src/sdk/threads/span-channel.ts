import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** A channel with the members that the types of Node 20 lack. */
export interface SpanChannel extends BroadcastChannel {
  unref(): this;
}

/**
 * Opens the channel on which a thread sends its spans. It keeps no thread alive. What a thread has sent arrives even if it is
 * terminated then.
 *
 * @param threadId the thread that sends
 */
export const openSpanChannel = (threadId: number): SpanChannel =>
  (new BroadcastChannel(`snakepit-otel.spans.${threadId}`) as SpanChannel).unref();

/** Returns the next message that has arrived. */
export const readSpanChannel = (channel: SpanChannel): { readonly message: unknown } | undefined =>
  receiveMessageOnPort(channel as unknown as MessagePort);
