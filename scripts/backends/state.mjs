// What `npm run backends -- up` has started, written down for the commands that come after it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './program.mjs';

/** Logs, data and state of what runs. */
export const RUN_FOLDER = join(
  process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'),
  'opentelemetry-instrumentation-snakepit',
  'backends',
);
const STATE = join(RUN_FOLDER, 'state.json');

/** The backends that are up. @returns {import('./backends.mjs').Backends | undefined} */
export function readState() {
  try {
    const backends = JSON.parse(readFileSync(STATE, 'utf8'));
    return backends.programs.some(isRunning) ? backends : undefined;
  } catch {
    return undefined;
  }
}

/** @param {import('./backends.mjs').Backends} backends */
export const writeState = (backends) => writeFileSync(STATE, JSON.stringify(backends, null, 2));

/** Forgets them, with their logs and data. */
export const clearState = () => rmSync(RUN_FOLDER, { recursive: true, force: true });
