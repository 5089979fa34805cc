import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';

const UNREACHABLE =
  /npm error code (E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH))/;

/** npm could not reach its registry, so the test can conclude nothing about the package. */
export class RegistryUnreachableError extends Error {}

/** A Node program and the script of the npm that it runs. */
export interface NodeWithNpm {
  readonly node: string;
  readonly npm: string;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs an npm command in a folder, by default with the npm on PATH. Packages may run their install scripts.
 *
 * @throws RegistryUnreachableError if the network is missing
 */
export async function runNpm(cwd: string, args: readonly string[], using?: NodeWithNpm): Promise<Output> {
  const flags = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline'];
  const env = { ...process.env };
  if (using !== undefined) env.PATH = `${dirname(using.node)}${delimiter}${env.PATH}`;
  const [program, ...script] = using === undefined ? ['npm'] : [using.node, using.npm];
  try {
    return await promisify(execFile)(`${program}`, [...script, ...args, ...flags], { cwd, env });
  } catch (error) {
    const [, code] = UNREACHABLE.exec(String((error as { stderr?: string }).stderr)) ?? [];
    throw code === undefined ? error : new RegistryUnreachableError(`npm cannot reach its registry: ${code}`);
  }
}

/**
 * Runs an npm command in a folder, without install scripts.
 *
 * @throws RegistryUnreachableError if the network is missing
 */
export const npm = (cwd: string, ...args: readonly string[]): Promise<Output> =>
  runNpm(cwd, [...args, '--ignore-scripts']);
