import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';

/** An installed package, some of whose modules are in the cache of `require`. */
export interface LoadedPackage {
  readonly version: string;
  /** Exports of the main module and of the given files, without those that are not loaded. */
  readonly exports: readonly object[];
}

/**
 * Returns the installed copies of a package that are in the cache of `require`. CommonJS modules are in it also if they were imported,
 * ES modules only if they were required.
 *
 * @param files paths in the package of more modules to return
 */
export function loadedPackages(name: string, files: readonly string[]): LoadedPackage[] {
  // Every `require` has the same cache.
  const { cache } = createRequire(process.execPath);
  const folders = new Set(Object.keys(cache).flatMap((file) => packageFolder(file, name) ?? []));
  return [...folders].map((folder) => {
    const manifest = join(folder, 'package.json');
    const main = createRequire(manifest).resolve(name);
    const exports = [main, ...files.map((file) => join(folder, file))].flatMap((file) => {
      const loaded = cache[file];
      return loaded?.loaded === true && isObject(loaded.exports) ? [loaded.exports] : [];
    });
    return { version: String(JSON.parse(readFileSync(manifest, 'utf8')).version), exports };
  });
}

/** Returns the folder of the package of that name if the file belongs to it. */
function packageFolder(file: string, name: string): string | undefined {
  const folder = `${sep}node_modules${sep}${join(name)}${sep}`;
  const start = file.lastIndexOf(folder);
  if (start < 0 || file.includes(`${sep}node_modules${sep}`, start + folder.length)) return undefined;
  return file.slice(0, start + folder.length);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'function' || (typeof value === 'object' && value !== null);
