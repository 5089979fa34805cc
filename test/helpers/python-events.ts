import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { watchChildProcess } from '../../src/bridge/child-process.js';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';

const NAMES = [
  'snakepit.error.oom',
  'snakepit.error.shape_mismatch',
  'snakepit.error.device',
  'snakepit.error.dtype_mismatch',
  'snakepit.error.dimension_error',
  'snakepit.error.python_exception',
];

/** Collects the error events that are published until the end of the test. */
export function collectErrors(): AnyEvent[] {
  const events: AnyEvent[] = [];
  for (const name of NAMES) onTestFinished(subscribe(name, (event) => events.push(event)));
  return events;
}

/** Starts a process with piped stderr, which is killed at the end of the test. */
export function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.stderr?.resume();
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  return child;
}

/** Runs a process to its end and returns the error events that its stderr yields, and stderr as the host received it. */
export async function errorsOf(
  command: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ events: AnyEvent[]; stderr: Buffer }> {
  const events = collectErrors();
  const child = start(command, args, env);
  watchChildProcess(child);
  const chunks: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return { events, stderr: Buffer.concat(chunks) };
}

/** Name of an event without the family, and the class of a Python exception. */
export const summary = ({ name, metadata }: AnyEvent): string =>
  [name.replace('snakepit.error.', ''), metadata.type].filter(Boolean).join(' ');
