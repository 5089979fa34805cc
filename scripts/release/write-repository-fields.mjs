// Writes `repository`, `bugs` and `homepage` into the package.json of every published package, from the repository that the
// release workflow runs in. npm accepts a provenance statement only if `repository` names that repository.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { releasedPackages } from './packages.mjs';

/**
 * Returns the repository fields of one package.
 *
 * @param {{ GITHUB_SERVER_URL?: string, GITHUB_REPOSITORY?: string }} environment variables of the workflow
 * @param {string} [directory] path of the package below the root of the repository; empty for the root package
 * @returns {{ repository: { type: 'git', url: string, directory?: string }, bugs: { url: string }, homepage: string }}
 * @throws {Error} if a variable is missing or malformed
 */
export function repositoryFields(environment, directory = '') {
  const server = variable(environment, 'GITHUB_SERVER_URL', /^https:\/\/[^/\s]+$/, 'https://github.com');
  const repository = variable(environment, 'GITHUB_REPOSITORY', /^[\w.-]+\/[\w.-]+$/, 'owner/name');
  const page = `${server}/${repository}`;
  return {
    repository: { type: 'git', url: `git+${page}.git`, ...(directory && { directory }) },
    bugs: { url: `${page}/issues` },
    homepage: directory ? `${page}/tree/HEAD/${directory}#readme` : `${page}#readme`,
  };
}

function variable(environment, name, pattern, example) {
  const value = environment[name];
  if (!value) throw new Error(`${name} is not set. Expected a value such as ${example}.`);
  if (!pattern.test(value)) throw new Error(`${name} is "${value}". Expected a value such as ${example}.`);
  return value;
}

/**
 * Writes the fields into the package.json files of a root package and its workspaces.
 *
 * @param {string} root
 * @param {Parameters<typeof repositoryFields>[0]} environment
 * @returns {string[]} paths of the files
 * @throws {Error} before any file is written, if a variable is missing or malformed
 */
export function writeRepositoryFields(root, environment) {
  const changed = releasedPackages(root).map(({ directory, file, manifest }) => ({
    file,
    text: `${JSON.stringify({ ...manifest, ...repositoryFields(environment, directory) }, null, 2)}\n`,
  }));
  for (const { file, text } of changed) writeFileSync(file, text);
  return changed.map(({ file }) => file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  for (const file of writeRepositoryFields(root, process.env)) console.log(`Wrote ${file}`);
}
