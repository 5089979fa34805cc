// `node scripts/release/publish.mjs [npm publish options]`: publishes every package with provenance, the root package first. Skips
// what the registry already has, so that a release that failed halfway can be run again.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { releasedPackages } from './packages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

for (const { directory, manifest } of releasedPackages(root)) {
  const id = `${manifest.name}@${manifest.version}`;
  if (isPublished(id)) {
    console.log(`${id} is already published`);
    continue;
  }
  const tag = manifest.version.includes('-') ? 'next' : 'latest';
  const args = ['publish', `./${directory}`, '--provenance', '--access', 'public', '--tag', tag];
  execFileSync('npm', [...args, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
}

/** npm prints nothing for an unknown version and fails for an unknown package. */
function isPublished(id) {
  const { status, stdout } = spawnSync('npm', ['view', id, 'version'], { cwd: root, encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '';
}
