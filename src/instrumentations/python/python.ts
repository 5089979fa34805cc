import { errorMessage } from '../../common/error-message.js';
import { warnOnce } from '../../common/warn-once.js';
import type { InstrumentedLibrary } from '../instrumented-library.js';
import { optionsOf } from '../options/active-options.js';
import { recordSpawns } from './spawns.js';

/** Python programs that run as child processes of Node. */
export const python: InstrumentedLibrary = {
  watch: () => {
    if (optionsOf('python').enabled === false) return () => {};
    try {
      return recordSpawns();
    } catch (error) {
      // A host may have frozen the objects of Node.
      warnOnce(`Recording Python processes failed: ${errorMessage(error)}`);
      return () => {};
    }
  },
};
