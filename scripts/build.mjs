// Compiles both packages, each to ES modules and to CommonJS, and bundles the root package, the command and the live page: what changed, or everything with `--clean`.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildCommand } from './build-command.mjs';
import { buildLibrary } from './build-library.mjs';
import { buildPage } from './build-page.mjs';
import { deleteStaleOutputs } from './stale-outputs.mjs';

// `import` would scan the compiler's 9 MB for export names, which takes longer than a check that finds nothing to build.
const ts = createRequire(import.meta.url)('typescript');

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = [ROOT, `${ROOT}snakepit-otel/`];
const WORKER = 'gpu/sources/nvml/worker';

for (const folder of PACKAGES) {
  if (process.argv.includes('--clean')) rmSync(`${folder}dist`, { recursive: true, force: true });
  mkdirSync(`${folder}dist/cjs`, { recursive: true });
  for (const format of ['esm', 'cjs']) {
    deleteStaleOutputs(`${folder}src`, `${folder}dist/${format}`, (path) =>
      path.startsWith(`${WORKER}-source.`),
    );
  }
  writeFileSync(`${folder}dist/cjs/package.json`, '{ "type": "commonjs" }\n');
}

const status = buildProjects(
  PACKAGES.flatMap((folder) => [`${folder}tsconfig.build.json`, `${folder}tsconfig.cjs.json`]),
);
if (status !== ts.ExitStatus.Success) process.exit(status);
await writeWorkerSource();
await buildLibrary();
await buildCommand();
await buildPage();

/** Builds the projects that are out of date, as `tsc -b` does, and prints a line first if there are any. */
function buildProjects(projects) {
  const report = (diagnostic) => process.stderr.write(format([diagnostic]));
  const builder = ts.createSolutionBuilder(
    ts.createSolutionBuilderHost(ts.sys, undefined, report),
    projects,
    {},
  );
  if (builder.getNextInvalidatedProject()?.kind === ts.InvalidatedProjectKind.Build)
    console.error('Building what changed…');
  return builder.build();
}

/** Writes the script of the NVML thread into both builds, as a text that every bundler takes into its bundle. */
async function writeWorkerSource() {
  const esm = `${ROOT}dist/esm/${WORKER}-source.js`;
  const cjs = `${ROOT}dist/cjs/${WORKER}-source.js`;
  if (modifiedAt(cjs) > modifiedAt(`${ROOT}dist/esm/.tsbuildinfo`)) return;
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({ input: `${ROOT}dist/esm/${WORKER}.js`, platform: 'node' });
  const { output } = await bundle.generate({ format: 'cjs', minify: true, codeSplitting: false });
  const text = JSON.stringify(output[0].code);
  writeFileSync(esm, `export const WORKER_SOURCE = ${text};\n`);
  writeFileSync(cjs, `exports.WORKER_SOURCE = ${text};\n`);
}

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function format(diagnostics) {
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  };
  return process.stderr.isTTY
    ? ts.formatDiagnosticsWithColorAndContext(diagnostics, host)
    : ts.formatDiagnostics(diagnostics, host);
}
