import { join } from 'node:path';

/** The built module that the thread runs. A CommonJS file, so that `__dirname` is there for both builds. */
export const WORKER_FILE = join(__dirname, 'worker.js');
