import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

/**
 * @typedef {object} Program a started program, in a form that can be saved to a file
 * @property {string} name
 * @property {number} pid
 * @property {string} command
 * @property {string} healthUrl responds with 200 if the program is ready
 * @property {string} log path of its output
 */

/**
 * Starts a program that outlives this process and waits until it is healthy.
 *
 * @returns {Promise<Program>}
 */
export async function startProgram({ name, command, args, env = {}, healthUrl, folder }) {
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'a');
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  child.unref();
  let ended;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `it exited with ${signal ?? code}`;
  });
  const program = { name, pid: child.pid, command, healthUrl, log };
  const deadline = Date.now() + START_TIMEOUT_MS;
  // Another program that has taken its port may be healthy.
  while (!(await isHealthy(program)) || ended !== undefined) {
    if (ended === undefined && Date.now() < deadline) {
      await sleep(100);
      continue;
    }
    if (ended === undefined) await stopProgram(program);
    const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    throw new Error(
      `${name} did not start: ${ended ?? `not healthy within ${START_TIMEOUT_MS} ms`}\n${last}`,
    );
  }
  return program;
}

/** Requests the health URL. @param {Program} program @returns {Promise<boolean>} */
export const isHealthy = ({ healthUrl }) =>
  fetch(healthUrl, { signal: AbortSignal.timeout(2000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );

/** Stops a program with SIGTERM, and with SIGKILL if it is still running after 15 s. @param {Program} program */
export async function stopProgram(program) {
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isRunning(program)) {
    try {
      process.kill(program.pid, Date.now() < deadline ? 'SIGTERM' : 'SIGKILL');
    } catch {
      // It has exited in the meantime.
    }
    await sleep(100);
  }
}

/** Returns true if the process id still belongs to this program. @param {Program} program */
export function isRunning({ pid, command }) {
  try {
    const running = execFileSync('ps', ['-p', String(pid), '-o', 'stat=,args='], { encoding: 'utf8' }).trim();
    return !running.startsWith('Z') && running.includes(command);
  } catch {
    return false;
  }
}
