import type { InstrumentedLibrary } from '../instrumented-library.js';
import { optionsOf } from '../options/active-options.js';
import { recordSpawns } from './spawns.js';

/** Python programs that run as child processes of Node. */
export const python: InstrumentedLibrary = {
  watch: () => (optionsOf('python').enabled === false ? () => {} : recordSpawns()),
};
