import { processState } from './process-state.js';

/** Processes whose crash `watchChildProcess()` reports, with the pool and worker that the host names. */
export const watchedProcesses = processState('watchedProcesses', () => new WeakMap<object, true>());
