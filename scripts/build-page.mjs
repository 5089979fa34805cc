// Bundles the live page of snakepit-otel for browsers: what `snakepit-otel/src/page/app` has becomes four files in
// `snakepit-otel/dist/page`. Users install and build nothing for it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundledLicenses } from './bundled-licenses.mjs';
import { isUpToDate } from './is-up-to-date.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = `${ROOT}snakepit-otel/src/page/`;
const APP = `${PAGE}app/`;
/** Modules of the bundle, and folders of them. */
const FOLDERS = ['app', 'client', 'contract'];
const FILES = ['contract.ts', 'otlp-json.ts'];
const OUTPUT = `${ROOT}snakepit-otel/dist/page/`;
const COPIED = ['index.html', 'icon.svg'];

/** Builds the page if a source, a dependency or this script is newer than the last build. */
export async function buildPage() {
  const sources = [
    ...FOLDERS.flatMap((folder) =>
      readdirSync(`${PAGE}${folder}`, { recursive: true }).map((name) => `${PAGE}${folder}/${name}`),
    ),
    ...FILES.map((name) => `${PAGE}${name}`),
    `${ROOT}package-lock.json`,
    ...['build-page.mjs', 'bundled-licenses.mjs'].map((name) => `${ROOT}scripts/${name}`),
  ];
  if (isUpToDate(`${OUTPUT}app.js`, sources)) return;
  mkdirSync(OUTPUT, { recursive: true });
  for (const name of COPIED) copyFileSync(`${APP}${name}`, `${OUTPUT}${name}`);
  writeFileSync(`${OUTPUT}app.css`, await styles());
  const { code, moduleIds } = await script();
  writeFileSync(`${OUTPUT}NOTICES.txt`, bundledLicenses(moduleIds));
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
