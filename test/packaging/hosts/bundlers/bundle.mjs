// Bundles program.mjs with everything that it imports, and prints the path of the bundle and the warnings.
// Usage: node bundle.mjs BUNDLER [PACKAGE]   esbuild leaves the package outside of the bundle
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const PROGRAM = resolve('program.mjs');
/** Usual first line of an ES module, for the CommonJS packages in the bundle. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const [name, ...external] = process.argv.slice(2);

const bundlers = {
  'esbuild-esm': (folder) => esbuild('esm', `${folder}/bundle.mjs`, { banner: { js: BANNER } }),
  'esbuild-cjs': (folder) => esbuild('cjs', `${folder}/bundle.cjs`),
  async webpack(folder) {
    const { default: webpack } = await import('webpack');
    const stats = await new Promise((done, failed) => {
      webpack(
        {
          entry: PROGRAM,
          target: 'node',
          mode: 'production',
          output: { path: folder, filename: 'bundle.cjs' },
        },
        (error, result) => (error ? failed(error) : done(result)),
      );
    });
    const { errors, warnings } = stats.toJson();
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
    return { file: `${folder}/bundle.cjs`, warnings: warnings.map(describeModule) };
  },
  'rollup-esm': (folder) => rollup('es', `${folder}/bundle.mjs`, { banner: BANNER }),
  'rollup-cjs': (folder) => rollup('cjs', `${folder}/bundle.cjs`),
  async ncc(folder) {
    const { default: ncc } = await import('@vercel/ncc');
    const { code, assets } = await ncc(PROGRAM, { cache: false, quiet: true, sourceMap: false });
    const file = `${folder}/bundle.${code.includes('import.meta') ? 'mjs' : 'cjs'}`;
    writeFileSync(file, code);
    for (const [name, { source }] of Object.entries(assets)) {
      mkdirSync(resolve(folder, name, '..'), { recursive: true });
      writeFileSync(resolve(folder, name), source);
    }
    return { file, warnings: [] };
  },
};

async function esbuild(format, outfile, options) {
  const { build } = await import('esbuild');
  const { warnings } = await build({
    entryPoints: [PROGRAM],
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    external,
    format,
    outfile,
    ...options,
  });
  return { file: outfile, warnings: warnings.map(({ text, location }) => `${location?.file}: ${text}`) };
}

async function rollup(format, file, options) {
  const { rollup } = await import('rollup');
  const { default: nodeResolve } = await import('@rollup/plugin-node-resolve');
  const { default: commonjs } = await import('@rollup/plugin-commonjs');
  const { default: json } = await import('@rollup/plugin-json');
  const warnings = [];
  const bundle = await rollup({
    input: PROGRAM,
    plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()],
    onwarn: ({ message, id }) => warnings.push(`${id}: ${message}`),
  });
  await bundle.write({ format, file, inlineDynamicImports: true, ...options });
  return { file, warnings };
}

const describeModule = ({ moduleName, message }) => `${moduleName}: ${message}`;

const folder = resolve(`out-${name}`);
mkdirSync(folder);
process.stdout.write(JSON.stringify(await bundlers[name](folder)));
