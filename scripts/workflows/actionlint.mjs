import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { builtOnce } from '../backends/cache.mjs';
import { go } from '../backends/command.mjs';

const ACTIONLINT = 'github.com/rhysd/actionlint';
const ACTIONLINT_VERSION = 'v1.7.12';

/**
 * Builds actionlint with Go, once, into the cache.
 *
 * @returns {Promise<string>} path of the program
 * @throws {import('../backends/command.mjs').BackendUnavailable} if Go is missing or the build fails
 */
export async function installActionlint() {
  const folder = await builtOnce('actionlint', ACTIONLINT_VERSION, (target) =>
    go('actionlint', ['install', `${ACTIONLINT}/cmd/actionlint@${ACTIONLINT_VERSION}`], {
      env: { GOBIN: target },
    }),
  );
  return join(folder, 'actionlint');
}

/**
 * Checks workflow files. ShellCheck and Pyflakes are off, so that findings do not depend on the host.
 *
 * @param {string} actionlint path of the program
 * @param {readonly string[]} files
 * @returns {{ status: number | null, findings: string }} 0 without findings, 1 with some, 2 and 3 if it could not run
 */
export function lintWorkflows(actionlint, files) {
  const { status, stdout, stderr, error } = spawnSync(
    actionlint,
    ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', ...files],
    { encoding: 'utf8' },
  );
  if (error) throw error;
  return { status, findings: `${stdout}${stderr}`.trim() };
}
