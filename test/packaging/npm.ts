import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const UNREACHABLE =
  /npm error code (E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH))/;

/** npm could not reach its registry; nothing is said about the package then. */
export class RegistryUnreachableError extends Error {}

/**
 * Runs an npm command without scripts of packages, quietly.
 *
 * @throws RegistryUnreachableError when it is the network that is missing
 */
export async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  try {
    await promisify(execFile)('npm', [...args, ...flags], { cwd });
  } catch (error) {
    const [, code] = UNREACHABLE.exec(String((error as { stderr?: string }).stderr)) ?? [];
    throw code === undefined ? error : new RegistryUnreachableError(`npm cannot reach its registry: ${code}`);
  }
}
