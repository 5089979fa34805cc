// `node scripts/release/check-tag.mjs TAG`: fails unless the tag names the version of every published package and CHANGELOG.md
// has notes on it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { releaseNotes } from './notes.mjs';
import { releasedPackages } from './packages.mjs';

/**
 * Returns the version that a tag releases.
 *
 * @param {string | undefined} tag such as `v1.2.3`
 * @param {readonly import('./packages.mjs').ReleasedPackage[]} packages
 * @returns {string}
 * @throws {Error} if the tag is not a version or a package has another version
 */
export function releasedVersion(tag, packages) {
  const [, version] = /^v(\d+\.\d+\.\d+(?:-[\w.-]+)?)$/.exec(tag ?? '') ?? [];
  if (version === undefined) throw new Error(`Tag ${tag} is not a version. Expected a tag such as v1.2.3.`);
  const others = packages.filter(({ manifest }) => manifest.version !== version);
  if (others.length > 0) {
    const list = others.map(({ manifest }) => `${manifest.name} has version ${manifest.version}`).join(', ');
    throw new Error(`Tag ${tag} does not match: ${list}.`);
  }
  return version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const version = releasedVersion(process.argv[2], releasedPackages(root));
  releaseNotes(readFileSync(`${root}CHANGELOG.md`, 'utf8'), version);
  console.log(`Version ${version} can be released.`);
}
