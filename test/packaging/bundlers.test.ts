import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { fakeGpu, fakeNvml, noCompiler } from '../fakes/nvml.js';
import { measured } from '../helpers/measured.js';
import type { Host } from './host.js';
import { INSTALLING, run, test } from './packed.js';

const BUNDLERS = ['esbuild-esm', 'esbuild-cjs', 'webpack', 'rollup-esm', 'rollup-cjs', 'ncc'];

async function bundle(host: Host, ...args: string[]): Promise<{ file: string; warnings: string[] }> {
  return JSON.parse(await run(host, ['bundle.mjs', ...args]));
}

/** Runs a bundle and returns what it printed, and the line with its results. */
async function runBundle(host: Host, args: string[], env: Record<string, string> = {}) {
  const output = await run(host, args, env);
  return { output, results: JSON.parse(/^\{"opened".*$/m.exec(output)?.[0] ?? 'null') };
}

test.for(BUNDLERS)(
  'a program with both packages is bundled and runs, NVML included: %s',
  { ...INSTALLING, tags: ['H25', 'H26'] },
  async (bundler, { host, skip }) => {
    const bundlers = await host('bundlers');
    const { file, warnings } = await bundle(bundlers, bundler);
    expect(warnings.filter((warning) => /snakepit/.test(warning))).toEqual([]);

    skip(noCompiler !== undefined, noCompiler);
    const nvml = await fakeNvml({ gpus: [fakeGpu(0), fakeGpu(1)] });
    onTestFinished(() => nvml.remove());
    const { output, results } = await runBundle(bundlers, [file], {
      SNAKEPIT_OTEL_NVML_LIBRARY: nvml.library,
    });
    measured('warnings about the packages', warnings.filter((warning) => /snakepit/.test(warning)).length);
    measured('GPUs read of 2', results.gpus.length);
    expect(output).toContain("name: 'work'");
    expect(results).toEqual({ opened: 1, calls: ['bundled'], gpus: ['cuda:0', 'cuda:1'], printed: [] });
  },
);

test(
  'a bundle that finds no koffi runs, and says what to install when NVML is read',
  INSTALLING,
  async ({ host, project }) => {
    const bundlers = await host('bundlers');
    const { file } = await bundle(bundlers, 'esbuild-cjs');
    const elsewhere = join(project, 'bundle.cjs');
    await copyFile(file, elsewhere);
    const { results } = await runBundle(bundlers, [elsewhere]);
    expect(results).toEqual({
      opened: 1,
      calls: ['bundled'],
      gpus: [],
      printed: [
        expect.stringContaining('koffi is not installed: npm install koffi (logged once'),
        'GPU source nvml: koffi is not installed: npm install koffi',
      ],
    });
  },
);

// The import of the library runs before the code of the bundle.
test.for(['esbuild-esm', 'esbuild-cjs'])(
  'a library outside of the bundle is instrumented: %s',
  INSTALLING,
  async (bundler, { host }) => {
    const bundlers = await host('bundlers');
    const { file } = await bundle(bundlers, bundler, 'opossum');
    const { results } = await runBundle(bundlers, [file, '--automatic']);
    expect(results).toMatchObject({ calls: ['bundled'] });
  },
);
