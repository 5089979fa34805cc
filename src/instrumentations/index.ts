import { cockatiel } from './cockatiel/cockatiel.js';
import { genericPool } from './generic-pool/generic-pool.js';
import { onnxruntime } from './onnxruntime/onnxruntime.js';
import { opossum } from './opossum/opossum.js';
import { piscina } from './piscina/piscina.js';
import { python } from './python/python.js';
import { transformers } from './transformers/transformers.js';
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
  genericPool,
  transformers,
  workerThreads,
  childProcesses,
  python,
] as const;

export { publishStates } from './breakers/pool.js';
