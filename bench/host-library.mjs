import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const HOSTS = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'opentelemetry-instrumentation-snakepit/hosts',
);

/**
 * Loads a library that is too large to be a dependency from the host that the tests have installed.
 *
 * @param {string} host name of the host
 * @param {string} library
 * @returns the exports; `undefined` if no test has installed the host yet
 */
export function hostLibrary(host, library) {
  for (const folder of listFolders().filter((name) => name.startsWith(`${host}-`))) {
    try {
      return createRequire(join(HOSTS, folder, 'package.json'))(library);
    } catch {
      // An earlier lock file of the host may lack the library.
    }
  }
  process.stderr.write(`${library} is not installed: run the tests of the host ${host} first\n`);
  return undefined;
}

/**
 * Loads a file of a library that is neither a dependency nor of a host, if `npm install --no-save` has installed it.
 *
 * @param {string} library
 * @param {string} file path relative to that of the main file
 * @returns the exports; `undefined` if it is not installed
 */
export function unsavedLibrary(library, file) {
  const require = createRequire(import.meta.url);
  try {
    return require(join(require.resolve(library), '..', file));
  } catch {
    return undefined;
  }
}

function listFolders() {
  try {
    return readdirSync(HOSTS);
  } catch {
    return [];
  }
}
