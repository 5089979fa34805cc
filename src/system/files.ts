import { readdir, readFile } from 'node:fs/promises';

/** Reads the text of a kernel file; `undefined` if the device has no such file, or does not answer now. */
export async function readText(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await readFile(path, { encoding: 'utf8', signal })).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Reads the bytes of a kernel file; `undefined` if the device has no such file, or does not answer now. */
export async function readBytes(path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path, { signal });
  } catch {
    return undefined;
  }
}

/** Lists the entries of a folder whose names match; empty if there is no such folder. */
export async function list(folder: string, pattern: RegExp): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => pattern.test(name));
  } catch {
    return [];
  }
}
