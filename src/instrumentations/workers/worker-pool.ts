import type { WorkerOptions } from '../options/library-options.js';
import { objectName } from '../options/object-name.js';
import type { SpawnedWorker } from './spawned-worker.js';

/** Returns the name of the pool of a thread or process. */
export const workerPool = (
  library: string,
  options: WorkerOptions,
  { object, program = library }: SpawnedWorker,
): string => objectName(library, options, object) ?? program;
