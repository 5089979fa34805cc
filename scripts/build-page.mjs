// Bundles the live page of snakepit-otel for browsers: what `snakepit-otel/src/page/app` has becomes four files in
// `snakepit-otel/dist/page`. Users install and build nothing for it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const APP = `${ROOT}snakepit-otel/src/page/app/`;
const OUTPUT = `${ROOT}snakepit-otel/dist/page/`;
const COPIED = ['index.html', 'icon.svg'];

/** Builds the page if a source, a dependency or this script is newer than the last build. */
export async function buildPage() {
  const sources = [
    ...readdirSync(APP, { recursive: true }).map((name) => `${APP}${name}`),
    `${ROOT}snakepit-otel/src/page/contract.ts`,
    `${ROOT}package-lock.json`,
    fileURLToPath(import.meta.url),
  ];
  const builtAt = statSync(`${OUTPUT}app.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (sources.every((source) => statSync(source).mtimeMs < builtAt)) return;
  mkdirSync(OUTPUT, { recursive: true });
  for (const name of COPIED) copyFileSync(`${APP}${name}`, `${OUTPUT}${name}`);
  writeFileSync(`${OUTPUT}app.css`, await styles());
  const { code, moduleIds } = await script();
  writeFileSync(`${OUTPUT}NOTICES.txt`, notices(moduleIds));
  // The last one, since its time is that of the build.
  writeFileSync(`${OUTPUT}app.js`, code);
}

async function script() {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: `${APP}main.tsx`,
    platform: 'browser',
    tsconfig: `${APP}tsconfig.json`,
    resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
  await bundle.close();
  return output[0];
}

/** Returns the licenses of the packages that are in the bundle. */
function notices(moduleIds) {
  const folders = new Set(
    moduleIds.flatMap((id) => id.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
  );
  const packages = [...folders].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no license file`);
    return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
  });
  const line = `${'-'.repeat(80)}\n\n`;
  return `The files of this folder contain these packages:\n\n${line}${packages.join(`\n${line}`)}`;
}

async function styles() {
  const { browserslistToTargets, transform } = await import('lightningcss');
  const files = readdirSync(`${APP}styles`)
    .toSorted()
    .map((name) => `${APP}styles/${name}`);
  const text = [`${ROOT}node_modules/uplot/dist/uPlot.min.css`, ...files]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  // Browsers that have `light-dark()`: its replacement for older ones would double the colors.
  const targets = browserslistToTargets(['chrome 123', 'firefox 120', 'safari 17.5']);
  const { code } = transform({ filename: 'app.css', code: Buffer.from(text), minify: true, targets });
  return code;
}
