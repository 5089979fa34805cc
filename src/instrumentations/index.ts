import { cockatiel } from './cockatiel/cockatiel.js';
import { onnxruntime } from './onnxruntime/onnxruntime.js';
import { opossum } from './opossum/opossum.js';
import { piscina } from './piscina/piscina.js';
import { workerpool } from './workerpool/workerpool.js';
import { childProcesses } from './workers/processes.js';
import { workerThreads } from './workers/threads.js';

/** Instrumented libraries. A new library is a folder, its tests, and a line here. */
export const libraries = [
  opossum,
  cockatiel,
  onnxruntime,
  piscina,
  workerpool,
  workerThreads,
  childProcesses,
] as const;

export { publishStates } from './breakers/pool.js';
