// Bundles the entries of the root package into `dist/library`, as ES modules and as CommonJS: Node takes a millisecond for each file
// that it loads. The declarations of types stay where the compiler writes them.
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUpToDate } from './is-up-to-date.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = `${ROOT}dist/library`;
const ENTRIES = { index: 'index.js', bridge: 'bridge/index.js', internal: 'internal.js' };
const SOURCES = [
  `${ROOT}dist/esm/.tsbuildinfo`,
  `${ROOT}dist/cjs/.tsbuildinfo`,
  fileURLToPath(import.meta.url),
];

/** Builds the bundles if the compiled code or this script is newer than the last build. */
export async function buildLibrary() {
  if (isUpToDate(`${OUTPUT}/index.cjs`, SOURCES)) return;
  rmSync(OUTPUT, { recursive: true, force: true });
  const { rolldown } = await import('rolldown');
  const input = Object.fromEntries(
    Object.entries(ENTRIES).map(([name, file]) => [name, `${ROOT}dist/esm/${file}`]),
  );
  const bundle = await rolldown({ input, platform: 'neutral', plugins: [externalFiles()] });
  for (const [format, extension] of [
    ['esm', 'mjs'],
    ['cjs', 'cjs'],
  ]) {
    await bundle.write({
      format,
      dir: OUTPUT,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `[name].${extension}`,
      comments: { jsdoc: false, annotation: true },
      codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
    });
  }
  await bundle.close();
}

/** Leaves packages, and CommonJS files of ours, which need the name of their own file, outside of the bundles. */
function externalFiles() {
  return {
    name: 'external-files',
    async resolveId(source, importer, options) {
      if (importer === undefined) return null;
      if (!source.startsWith('.')) return { id: source, external: true };
      if (!source.endsWith('.cjs')) return null;
      const { id } = await this.resolve(source, importer, { ...options, skipSelf: true });
      const built = join(ROOT, 'dist/cjs', relative(join(ROOT, 'dist/esm'), id));
      return { id: `../${relative(join(ROOT, 'dist'), built)}`, external: true };
    },
  };
}
