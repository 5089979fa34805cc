// Saves which programs `npm run backends -- up` started, for later commands.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './program.mjs';

/** Folder of the logs, data and state of the running backends. */
export const RUN_FOLDER = join(
  process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'),
  'opentelemetry-instrumentation-snakepit',
  'backends',
);
const STATE = join(RUN_FOLDER, 'state.json');

/** Returns the saved backends; `undefined` if none of their programs is running. @returns {import('./backends.mjs').Backends | undefined} */
export function readState() {
  try {
    const backends = JSON.parse(readFileSync(STATE, 'utf8'));
    return backends.programs.some(isRunning) ? backends : undefined;
  } catch {
    return undefined;
  }
}

/** Saves the running backends. @param {import('./backends.mjs').Backends} backends */
export const writeState = (backends) => writeFileSync(STATE, JSON.stringify(backends, null, 2));

/** Deletes the saved state with all logs and data. */
export const clearState = () => rmSync(RUN_FOLDER, { recursive: true, force: true });
