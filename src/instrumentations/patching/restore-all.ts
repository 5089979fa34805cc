import { catchErrors } from '../../common/catch-errors.js';

const tryRestore = catchErrors('Restoring a library', (restore: () => void) => restore());

/**
 * Returns a function that calls all functions that undo a change, including those added to the array later. An error that one throws, as
 * for an object that the host has frozen since, is logged once.
 */
export const restoreAll = (restores: readonly (() => void)[]) => (): void => {
  for (const restore of restores) tryRestore(restore);
};
