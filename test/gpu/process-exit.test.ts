import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type StandInNvidiaSmi, standInNvidiaSmi } from './stand-in-nvidia-smi.js';

// Whether a process ends by itself can only be seen from outside it: these run the profiler in a Node of its own.
const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
let compiled: string;
let nvidiaSmi: StandInNvidiaSmi;

beforeAll(async () => {
  compiled = await mkdtemp(join(MODULES, '.process-exit-test-'));
  for (const file of await readdir(SOURCES, { recursive: true })) {
    if (!/^(gpu|events|metrics|[^/]+\.ts)/.test(file) || !file.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(await readFile(join(SOURCES, file), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const target = join(compiled, file.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  await writeFile(join(compiled, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(compiled, { recursive: true, force: true }));

beforeEach(async () => {
  nvidiaSmi = await standInNvidiaSmi();
});
afterEach(() => nvidiaSmi.remove());

async function run(program: string): Promise<string> {
  const text = `import { GPUProfiler } from ${JSON.stringify(join(compiled, 'gpu/profiler.js'))};\n${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text], {
    env: { ...process.env, PATH: `${nvidiaSmi.folder}${delimiter}${process.env.PATH}` },
    timeout: 10_000,
  });
  return stdout.trim();
}

it('a process with a running profiler ends by itself', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  expect(
    await run(`
      const profiler = new GPUProfiler({ intervalMs: 100 });
      await profiler.sampleNow();
      process.on('exit', () => console.log(profiler.getStats().sampleCount));`),
  ).toBe('1');
});

it('a process ends by itself while a sample hangs', async () => {
  await nvidiaSmi.hangs();
  expect(await run("new GPUProfiler(); setTimeout(() => console.log('done'), 300);")).toBe('done');
  expect(await nvidiaSmi.starts()).toBe(1);
  await nvidiaSmi.end();
});

it('a process stays until sampleNow has answered', async () => {
  await nvidiaSmi.printsFixture('titan-x-2016.csv');
  expect(await run('console.log((await new GPUProfiler({ enabled: false }).sampleNow()).length);')).toBe('8');
});
