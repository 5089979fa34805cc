// Where built programs are kept: outside of the tree, one folder for each recipe.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const CACHE = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'opentelemetry-instrumentation-snakepit',
  'backends',
);

/**
 * The folder that `build` fills, once for each `name` and `recipe`; one that was built before is returned at once.
 *
 * @param {string} name
 * @param {string} recipe everything that decides what is built
 * @param {(folder: string) => Promise<void>} build
 * @returns {Promise<string>}
 */
export async function builtOnce(name, recipe, build) {
  const folder = cachedFolder(name, recipe);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, `${name}-unfinished-`));
  try {
    await build(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another run may have come first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Where {@link builtOnce} puts it. */
export function cachedFolder(name, recipe) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n${recipe}`).digest('hex');
  return join(CACHE, `${name}-${hash.slice(0, 12)}`);
}
