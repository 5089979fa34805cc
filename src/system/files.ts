import { readdir, readFile } from 'node:fs/promises';

/** The text of a kernel file; `undefined` where the device has none or does not answer now. */
export async function readText(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await readFile(path, { encoding: 'utf8', signal })).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The entries of a folder whose names match; none where there is no such folder. */
export async function list(folder: string, pattern: RegExp): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => pattern.test(name));
  } catch {
    return [];
  }
}
