import type { Readable } from 'node:stream';

/**
 * Reads a stream along with the host without making it flow. A `data` listener would make it flow, and the host would lose the data
 * that passes before it listens. The listener is therefore added when the host begins to read: when the stream emits `resume` or gets
 * a `readable` listener. After that, `read()` and async iteration emit `data` too.
 *
 * @param onData receives every chunk that the host reads
 * @param onEnd called when the stream ends and when it closes
 */
export function tapStream(
  stream: Readable,
  onData: (chunk: Buffer | string) => void,
  onEnd: () => void,
): {
  /** Reads the stream even if the host does not. For a process that has exited: Node then drains its streams itself. */
  drain(): void;
  /** Removes every listener. */
  stop(): void;
} {
  let stopped = false;
  const isRead = () => stream.readableFlowing !== null || stream.listenerCount('readable') > 0;
  const begin = () => {
    stream.off('resume', begin);
    stream.off('newListener', beginIfReadable);
    if (!stopped && !stream.listeners('data').includes(onData)) stream.on('data', onData);
  };
  const beginIfReadable = (event: string | symbol) => {
    // `newListener` precedes the addition. Once a `readable` listener is present, a `data` listener does not make the stream flow.
    if (event === 'readable') process.nextTick(begin);
  };

  stream.on('end', onEnd);
  stream.on('close', onEnd);
  if (isRead()) begin();
  else {
    stream.on('resume', begin);
    stream.on('newListener', beginIfReadable);
  }
  return {
    drain: begin,
    stop: () => {
      stopped = true;
      for (const [event, listener] of [
        ['data', onData],
        ['end', onEnd],
        ['close', onEnd],
        ['resume', begin],
      ] as const) {
        stream.off(event, listener);
      }
      stream.off('newListener', beginIfReadable);
    },
  };
}
