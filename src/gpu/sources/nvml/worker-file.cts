import { join } from 'node:path';

/** Path of the built module that the thread runs. This file is CommonJS, so that both builds have `__dirname`. */
export const WORKER_FILE = join(__dirname, 'worker.js');
