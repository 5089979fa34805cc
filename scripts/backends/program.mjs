import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEALTHY_MS = 60_000;
const STOP_MS = 15_000;

/**
 * @typedef {object} Program a started program, as it can be written down and found again
 * @property {string} name
 * @property {number} pid
 * @property {string} command
 * @property {string} healthUrl answers with 200 when the program is ready
 * @property {string} log
 */

/**
 * Starts a program that outlives this process, and waits until it is healthy.
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
    ended = `it ended by ${signal ?? code}`;
  });
  const program = { name, pid: child.pid, command, healthUrl, log };
  const deadline = Date.now() + HEALTHY_MS;
  while (!(await isHealthy(program))) {
    if (ended === undefined && Date.now() < deadline) {
      await sleep(100);
      continue;
    }
    if (ended === undefined) await stopProgram(program);
    const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    throw new Error(`${name} did not start: ${ended ?? `not healthy within ${HEALTHY_MS} ms`}\n${last}`);
  }
  return program;
}

/** @param {Program} program */
export const isHealthy = ({ healthUrl }) =>
  fetch(healthUrl, { signal: AbortSignal.timeout(2000) }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );

/** Asks a program to end, and ends it when it does not. @param {Program} program */
export async function stopProgram(program) {
  const deadline = Date.now() + STOP_MS;
  while (isRunning(program)) {
    try {
      process.kill(program.pid, Date.now() < deadline ? 'SIGTERM' : 'SIGKILL');
    } catch {
      // It has ended since.
    }
    await sleep(100);
  }
}

/** Whether it still is that program, and not another that got its number. @param {Program} program */
export function isRunning({ pid, command }) {
  try {
    const running = execFileSync('ps', ['-p', String(pid), '-o', 'stat=,args='], { encoding: 'utf8' }).trim();
    return !running.startsWith('Z') && running.includes(command);
  } catch {
    return false;
  }
}
