import { readFileSync } from 'node:fs';
// A default import: hosts declare the name `createRequire` in the first line of a bundle.
import nodeModule from 'node:module';
import { join } from 'node:path';

const NODE_MODULES = join('/node_modules/');

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
 * @param otherFiles paths in the package of more modules to return
 */
export function loadedPackages(name: string, otherFiles: readonly string[]): LoadedPackage[] {
  // Every `require` has the same cache.
  const { cache } = nodeModule.createRequire(process.execPath);
  const suffix = join(NODE_MODULES, name, '/');
  const files = Object.keys(cache).filter((file) => file.includes(suffix));
  const folders = new Set(files.flatMap((file) => packageFolder(file, suffix) ?? []));
  return [...folders].map((folder) => {
    const manifest = join(folder, 'package.json');
    const main = nodeModule.createRequire(manifest).resolve(name);
    const exports = [main, ...otherFiles.map((file) => join(folder, file))].flatMap((file) => {
      const loaded = cache[file];
      return loaded?.loaded === true && isObject(loaded.exports) ? [loaded.exports] : [];
    });
    return { version: String(JSON.parse(readFileSync(manifest, 'utf8')).version), exports };
  });
}

/** Returns the folder with that end if the file belongs to its package, not to one installed below it. */
function packageFolder(file: string, suffix: string): string | undefined {
  const start = file.lastIndexOf(suffix);
  if (file.includes(NODE_MODULES, start + suffix.length)) return undefined;
  return file.slice(0, start + suffix.length);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'function' || (typeof value === 'object' && value !== null);
