import { processState } from './process-state.js';

const state = processState('ownWorkers', () => ({ isCreating: false }));

/** Runs a function that creates a thread or child process of this package, which is not recorded as a worker of the host. */
export function createOwnWorker<T>(create: () => T): T {
  state.isCreating = true;
  try {
    return create();
  } finally {
    state.isCreating = false;
  }
}

/** Returns true while this package creates a thread or child process. */
export const isCreatingOwnWorker = (): boolean => state.isCreating;
