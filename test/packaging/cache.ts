import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_NAME } from '../../src/version.js';

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), PACKAGE_NAME, 'hosts');

/** Returns a folder of the cache, which lies outside the repository. Fills it if it does not exist yet. */
export async function cachedFolder(name: string, fill: (draft: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  if (await exists(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  // Renamed when complete, so that an interrupted installation is never reused.
  const draft = await mkdtemp(join(CACHE, 'draft-'));
  try {
    await fill(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // A concurrent run may have created the folder in the meantime.
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
