import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

const EXTENSION = process.platform === 'win32' ? '.exe' : '';

/**
 * Returns the path of a program in an absolute folder of `PATH`, else in one of `folders`; `undefined` if there is none. A relative
 * entry of `PATH`, such as `.` or an empty one, would run a program of the working directory. Starts nothing.
 *
 * @param folders folders to search after those of `PATH`. @default none
 */
export async function findExecutable(
  name: string,
  folders: readonly string[] = [],
): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...folders]) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name + EXTENSION);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** Returns true if a path is that of a file that can be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
