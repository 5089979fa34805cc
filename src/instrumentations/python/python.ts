import { catchErrors } from '../../common/catch-errors.js';
import type { InstrumentedLibrary } from '../instrumented-library.js';
import { optionsOf } from '../options/active-options.js';
import { recordSpawns } from './spawns.js';

/** Fails if the host has frozen the objects of Node. */
const tryRecordSpawns = catchErrors('Recording Python processes', recordSpawns);

/** Python programs that run as child processes of Node. */
export const python: InstrumentedLibrary = {
  watch: () => (optionsOf('python').enabled === false ? undefined : tryRecordSpawns()) ?? (() => {}),
};
