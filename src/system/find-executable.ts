import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const EXTENSION = process.platform === 'win32' ? '.exe' : '';

/** Returns the path of a program on `PATH`; `undefined` if there is none. Starts nothing. */
export async function findExecutable(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name + EXTENSION);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
