import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} ReleasedPackage
 * @property {string} directory path below the root, with forward slashes; empty for the root package
 * @property {string} file path of its package.json
 * @property {Record<string, any>} manifest
 */

/**
 * Returns the packages that a release publishes, the root package first: the root and its workspaces, without private ones.
 *
 * @param {string} root folder of the root package.json
 * @returns {ReleasedPackage[]}
 * @throws {Error} if a workspace is a pattern
 */
export function releasedPackages(root) {
  const read = (directory) => {
    const file = join(root, directory, 'package.json');
    return { directory, file, manifest: JSON.parse(readFileSync(file, 'utf8')) };
  };
  const rootPackage = read('');
  const { workspaces = [] } = rootPackage.manifest;
  const directories = (Array.isArray(workspaces) ? workspaces : workspaces.packages).map((path) => {
    if (/[*?[\]{}!]/.test(path)) throw new Error(`Workspace ${path} is a pattern; list each folder by name.`);
    return path.replace(/^\.\//, '').replace(/\/$/, '');
  });
  return [rootPackage, ...directories.map(read)].filter(({ manifest }) => manifest.private !== true);
}
