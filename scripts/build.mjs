// Compiles both packages, each for ES modules and for CommonJS. Builds what changed; with `--clean`, everything.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = [ROOT, `${ROOT}snakepit-otel/`];
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

for (const folder of PACKAGES) {
  if (process.argv.includes('--clean')) rmSync(`${folder}dist`, { recursive: true, force: true });
  mkdirSync(`${folder}dist/cjs`, { recursive: true });
  writeFileSync(`${folder}dist/cjs/package.json`, '{ "type": "commonjs" }\n');
}
const projects = PACKAGES.flatMap((folder) => [`${folder}tsconfig.build.json`, `${folder}tsconfig.cjs.json`]);
const { status } = spawnSync(process.execPath, [tsc, '-b', ...projects], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
chmodSync(`${ROOT}snakepit-otel/dist/esm/cli/main.js`, 0o755);
