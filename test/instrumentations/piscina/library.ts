import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const NODE_MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** The bounds of the supported versions, beside the installed one, as they are named in `package.json`. */
export const OTHER_VERSIONS = ['piscina-v5.0', 'piscina-v6'] as const;

/**
 * Copies a version of piscina to where programs find it under its own name.
 *
 * @param alias its name in `package.json`
 * @returns arguments and environment of a program that loads this version
 */
export async function versionOf(
  alias: string,
): Promise<{ readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }> {
  if (alias === 'piscina') return { args: [], env: {} };
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-piscina-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(join(NODE_MODULES, alias), join(folder, 'node_modules/piscina'), { recursive: true });
  return { args: ['--import', WITH_RESOLVERS], env: { LIBRARY: join(folder, 'program.cjs') } };
}

/** Version 6 needs a function that Node 20 does not have yet. */
const WITH_RESOLVERS = `data:text/javascript,${encodeURIComponent(`
  Promise.withResolvers ??= () => {
    const all = {};
    all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
    return all;
  };`)}`;
