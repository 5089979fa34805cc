// Bundles the command of snakepit-otel with the packages that it uses into `snakepit-otel/dist/command`: it starts in a third of the
// time. Parts that are imported when they are needed stay files of their own, and so do packages that an installation may lack.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundledLicenses } from './bundled-licenses.mjs';
import { isUpToDate } from './is-up-to-date.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = `${ROOT}snakepit-otel/dist/esm/cli/main.js`;
const OUTPUT = `${ROOT}snakepit-otel/dist/command/`;
const SOURCES = [
  `${ROOT}dist/esm/.tsbuildinfo`,
  `${ROOT}snakepit-otel/dist/esm/.tsbuildinfo`,
  `${ROOT}package-lock.json`,
  ...['build-command.mjs', 'bundled-licenses.mjs'].map((name) => `${ROOT}scripts/${name}`),
];

/** Builds the command if the compiled code, a dependency or this script is newer than the last build. */
export async function buildCommand() {
  if (isUpToDate(`${OUTPUT}main.cjs`, SOURCES)) return;
  rmSync(OUTPUT, { recursive: true, force: true });
  const { rolldown } = await import('rolldown');
  // CommonJS: Node loads it faster than modules, and `require` of a package that is loaded on demand stays synchronous.
  const bundle = await rolldown({
    input: { main: ENTRY },
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    plugins: [newestPatches(), narrowedRequires(), filesOnDemand()],
  });
  const { output } = await bundle.generate({
    format: 'cjs',
    // Names of functions and classes stay, for stack traces.
    minify: { compress: true, mangle: { keepNames: { function: true, class: true } }, codegen: true },
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
  });
  await bundle.close();
  const moduleIds = output.flatMap(({ moduleIds = [] }) => moduleIds);
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(`${OUTPUT}THIRD-PARTY-LICENSES.txt`, bundledLicenses(moduleIds));
  // The entry is the last one, since its time is that of the build.
  for (const { fileName, code } of output.toReversed()) writeFileSync(`${OUTPUT}${fileName}`, code);
  chmodSync(`${OUTPUT}main.cjs`, 0o755);
}

/** Path of a file of a package of OpenTelemetry: the folder that has the package, its name, and the path in it. */
const OTEL_FILE = /^([^\0].*node_modules\/)(@opentelemetry\/[^/]+)(\/.*)$/;

/**
 * Resolves each package of OpenTelemetry to its newest installed patch of the same minor version. A patch is released only for some
 * packages, and the others require the exact version before it: without this, most of the bundle would be there twice.
 */
function newestPatches() {
  const { packages } = JSON.parse(readFileSync(`${ROOT}node_modules/.package-lock.json`, 'utf8'));
  const newest = new Map();
  for (const [folder, { version }] of Object.entries(packages)) {
    const [, , name] = OTEL_FILE.exec(`/${folder}/`) ?? [];
    if (name === undefined) continue;
    const key = keyOf(name, version);
    const patch = Number(version.split('.')[2]);
    if (patch > (newest.get(key)?.patch ?? -1)) newest.set(key, { patch, folder: `${ROOT}${folder}` });
  }
  return {
    name: 'newest-patches',
    async resolveId(source, importer, options) {
      if (importer === undefined) return null;
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      const [, folder, name, path] = OTEL_FILE.exec(resolved?.id ?? '') ?? [];
      if (name === undefined) return null;
      const { version } = JSON.parse(readFileSync(`${folder}${name}/package.json`, 'utf8'));
      const id = `${newest.get(keyOf(name, version)).folder}${path}`;
      return id === resolved.id || !existsSync(id) ? resolved : { ...resolved, id };
    },
  };
}

const keyOf = (name, version) => `${name} ${version.split('.').slice(0, 2).join('.')}`;

const ON_DEMAND = '\0on-demand:';

/** Makes a file of each package that a CommonJS file of ours requires: such files load what is needed on demand. */
function filesOnDemand() {
  const modules = new Map();
  return {
    name: 'files-on-demand',
    async resolveId(source, importer, { kind }) {
      if (modules.has(source)) return source;
      if (kind !== 'require-call' || importer.includes('/node_modules/')) return null;
      const resolved = await this.resolve(source, importer, { kind: 'import-statement', skipSelf: true });
      if (resolved === null || resolved.external) return null;
      const id = ON_DEMAND + source;
      // `export *` of a CommonJS package has no names.
      const names = Object.keys(createRequire(importer)(source)).filter((name) => name !== 'default');
      modules.set(id, `export { ${names.join(', ')} } from ${JSON.stringify(resolved.id)};`);
      const fileName = `${source.replace('@', '').replaceAll('/', '-')}.cjs`;
      this.emitFile({ type: 'chunk', id, fileName });
      return { id: `./${fileName}`, external: true };
    },
    load: (id) => modules.get(id) ?? null,
  };
}

const NARROWED = '\0narrowed:';

/**
 * Replaces what a CommonJS file of a package requires by a module with the names that it uses: a bundle would have all of a package
 * that is required, which are 400 kB of `@opentelemetry/semantic-conventions`.
 */
function narrowedRequires() {
  const modules = new Map();
  return {
    name: 'narrowed-requires',
    async resolveId(source, importer, { kind }) {
      if (kind !== 'require-call' || !importer.includes('/node_modules/') || /^[./]/.test(source))
        return null;
      const names = usedNames(readFileSync(importer, 'utf8'), source);
      const resolved =
        names && (await this.resolve(source, importer, { kind: 'import-statement', skipSelf: true }));
      if (!resolved || resolved.external || !isModule(resolved.id)) return null;
      const id = `${NARROWED}${importer}:${source}`;
      modules.set(id, `export { ${names.join(', ')} } from ${JSON.stringify(resolved.id)};`);
      return { id, moduleSideEffects: false };
    },
    load: (id) => modules.get(id) ?? null,
  };
}

/** Returns the names of a required package that a file of the TypeScript compiler uses; undefined if it may use others. */
function usedNames(code, source) {
  const [, variable] = new RegExp(`\\bconst (\\w+) = require\\("${source}"\\);`).exec(code) ?? [];
  if (variable === undefined) return undefined;
  const uses = code.match(new RegExp(`\\b${variable}\\b`, 'g'));
  const names = [...code.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, 'g'))].map(([, name]) => name);
  return uses.length === names.length + 1 ? [...new Set(names)] : undefined;
}

/** Returns true for a file of an ES module. */
const isModule = (file) => /\/esm\/|\.mjs$/.test(file);
