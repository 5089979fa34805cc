import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { catchErrors } from '../../common/catch-errors.js';
import { isCreatingOwnWorker } from '../../common/own-workers.js';
import { optionsOf } from '../options/active-options.js';
import type { LibraryName } from '../options/library-options.js';

/**
 * Calls `receive` for the messages of one of Node's channels about threads or processes, but not those of this package.
 *
 * @param name name of the channel
 * @param library the library does nothing if its option `enabled` is false
 * @returns function that stops
 */
export function watchChannel(
  name: string,
  library: LibraryName,
  receive: (message: Readonly<Record<string, unknown>>) => void,
): () => void {
  if (optionsOf(library).enabled === false) return () => {};
  const onMessage = catchErrors(`Recording ${library}`, (message: unknown) => {
    if (!isCreatingOwnWorker()) receive(message as Record<string, unknown>);
  });
  subscribe(name, onMessage);
  return () => {
    unsubscribe(name, onMessage);
  };
}
