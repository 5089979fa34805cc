import type { Readable } from 'node:stream';

/**
 * Hears what the host reads from a stream, without being the one who makes it flow: a `data` listener would, and what
 * flows before the host listens is lost to it. So it is added when the host begins to read, which a stream tells by
 * `resume` or by a new `readable` listener; `read()` and async iteration then emit `data` as well.
 */
export function tapStream(
  stream: Readable,
  data: (chunk: Buffer | string) => void,
  end: () => void,
): {
  /** Reads whether the host does or not. For when nobody can begin any more: Node itself drains a child's streams. */
  insist(): void;
  stop(): void;
} {
  let stopped = false;
  const isRead = () => stream.readableFlowing !== null || stream.listenerCount('readable') > 0;
  const begin = () => {
    stream.off('resume', begin);
    stream.off('newListener', beginWith);
    if (!stopped && !stream.listeners('data').includes(data)) stream.on('data', data);
  };
  const beginWith = (event: string | symbol) => {
    // The listener is added after this; with it in place, `data` does not make the stream flow.
    if (event === 'readable') process.nextTick(begin);
  };

  stream.on('end', end);
  stream.on('close', end);
  if (isRead()) begin();
  else {
    stream.on('resume', begin);
    stream.on('newListener', beginWith);
  }
  return {
    insist: begin,
    stop: () => {
      stopped = true;
      for (const [event, listener] of [
        ['data', data],
        ['end', end],
        ['close', end],
        ['resume', begin],
      ] as const) {
        stream.off(event, listener);
      }
      stream.off('newListener', beginWith);
    },
  };
}
