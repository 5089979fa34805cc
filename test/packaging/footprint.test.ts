import { readdir, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { hostDependencies, installNode22 } from './host.js';
import { runNpm } from './npm.js';
import { INSTALLING, test } from './packed.js';

const ROOT_PACKAGE = 'opentelemetry-instrumentation-snakepit';
const MB = 1024 * 1024;
const BLOCK_BYTES = 512;

/** Returns the installed packages, nested ones included, and the disk space of their files in MB, as `du` counts it. */
async function footprint(project: string) {
  const modules = join(project, 'node_modules');
  const entries = await readdir(modules, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const packages = files.flatMap((file) => {
    const path = `node_modules/${relative(modules, file).replaceAll('\\', '/')}`;
    return /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? [];
  });
  const stats = await Promise.all(files.map((file) => stat(file)));
  const bytes = stats.reduce((sum, { size, blocks }) => sum + (blocks ? blocks * BLOCK_BYTES : size), 0);
  return { packages, megabytes: bytes / MB };
}

test(
  'the instrumentation and the API install at most 20 packages and 25 MB, koffi included',
  INSTALLING,
  async ({ project, tarballs, installOrSkip }) => {
    await installOrSkip(() => runNpm(project, ['install', tarballs[ROOT_PACKAGE], '@opentelemetry/api']));
    const { packages, megabytes } = await footprint(project);
    expect(packages).toEqual(expect.arrayContaining([ROOT_PACKAGE, '@opentelemetry/api', 'koffi']));
    expect(packages.length, packages.join(', ')).toBeLessThanOrEqual(20);
    expect(megabytes).toBeLessThanOrEqual(25);
    const sdk = packages.filter((name) => /^@opentelemetry\/(?:sdk-|exporter-|resources|core)/.test(name));
    expect(sdk).toEqual([]);
  },
);

test(
  'npm of Node 22 installs the instrumentation beside SDK 3.x without a warning',
  INSTALLING,
  async ({ project, tarballs, installOrSkip, skip }) => {
    const node22 = await installOrSkip(installNode22);
    if (node22 === undefined) return skip(`npm has no Node 22 for ${process.platform}`);
    const dependencies = await hostDependencies('sdk3');
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, dependencies }));
    await installOrSkip(() => runNpm(project, ['install'], node22));
    const { stderr } = await installOrSkip(() =>
      runNpm(project, ['install', tarballs[ROOT_PACKAGE]], node22),
    );
    expect(stderr).toBe('');
    const { stdout } = await runNpm(project, ['ls', '--all', '--parseable'], node22);
    // One copy of the API, and no second SDK.
    expect(stdout.match(/@opentelemetry\/api$/gm)).toHaveLength(1);
    expect(stdout.match(/@opentelemetry\/sdk-metrics$/gm)).toHaveLength(1);
  },
);
