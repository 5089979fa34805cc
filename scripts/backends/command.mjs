import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A backend that cannot be had here; the message says what to do about it. */
export class BackendUnavailable extends Error {
  name = 'BackendUnavailable';
}

/** The path of an executable on PATH. @returns {string | undefined} */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Whether the command ends with success. @returns {Promise<boolean>} */
export const succeeds = (command, args) =>
  execute(command, args, { timeout: 30_000 }).then(
    () => true,
    () => false,
  );

/** What the command prints. @returns {Promise<string>} */
export const outputOf = async (command, args) =>
  (await execute(command, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;

/**
 * Runs Go and says so, since it takes minutes where nothing is cached.
 *
 * @param {string} what what is being built
 */
export async function go(what, args, { env = {}, command = 'go', cwd } = {}) {
  if (onPath('go') === undefined) {
    throw new BackendUnavailable(
      `${what} is not on PATH and cannot be built without Go: https://go.dev/doc/install`,
    );
  }
  console.error(`Building ${what}: ${command.split('/').at(-1)} ${args.join(' ')}`);
  const output = [];
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    const last = Buffer.concat(output).toString().trimEnd().split('\n').slice(-15).join('\n');
    throw new BackendUnavailable(
      `${what} could not be built: ${command} ${args.join(' ')} ended with ${code}:\n${last}`,
    );
  }
}
