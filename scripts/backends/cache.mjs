// The cache of built programs, outside the repository: one folder per recipe.
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
 * Returns the folder that `build` filled. Calls `build` only if the cache has no folder for this name and recipe.
 *
 * @param {string} name
 * @param {string} recipe everything that determines the result
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
    // Another process may have built it in the meantime.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Returns the path that {@link builtOnce} uses, whether it exists or not. */
export function cachedFolder(name, recipe) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n${recipe}`).digest('hex');
  return join(CACHE, `${name}-${hash.slice(0, 12)}`);
}
