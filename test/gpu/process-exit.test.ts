import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { until } from '../helpers/fixtures.js';

// The exit of a process can only be observed from outside it: these tests run the profiler in a process of its own.
const PROFILER = fileURLToPath(new URL('../../dist/esm/gpu/profiler.js', import.meta.url));
let nvidiaSmi: FakeNvidiaSmi;

beforeEach(async () => {
  nvidiaSmi = await fakeNvidiaSmi();
});
afterEach(() => nvidiaSmi.remove());

async function run(program: string): Promise<string> {
  const text = `import { GPUProfiler } from ${JSON.stringify(PROFILER)};\n${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text], {
    env: { ...process.env, PATH: `${nvidiaSmi.folder}${delimiter}${process.env.PATH}` },
    timeout: 50_000,
  });
  return stdout.trim();
}

it('lets a process with a running profiler exit', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  expect(
    await run(`
      const profiler = new GPUProfiler({ intervalMs: 100 });
      await profiler.sampleNow();
      process.on('exit', () => console.log(profiler.getStats().sampleCount));`),
  ).toBe('1');
  expect(await nvidiaSmi.starts()).toBe(1);
  await until(async () => (await nvidiaSmi.running()) === 0);
});

it('lets a process exit while a sample hangs', async () => {
  await nvidiaSmi.hangs();
  expect(await run("new GPUProfiler(); setTimeout(() => console.log('done'), 300);")).toBe('done');
  expect(await nvidiaSmi.starts()).toBe(1);
  await until(async () => (await nvidiaSmi.running()) === 0);
});

it.each([
  ['idle', ''],
  ['used', 'GPU-11111111-1111-1111-1111-111111111111, 1, python, 1\n'],
])(
  'nvidia-smi exits at its next batch after the host process was killed, with %s GPUs',
  async (_, processes) => {
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    await nvidiaSmi.printsProcesses(processes);
    const killed = run(`
    await new GPUProfiler({ intervalMs: 100 }).sampleNow();
    process.kill(process.pid, 'SIGKILL');`);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await nvidiaSmi.starts()).toBe(1);
    await until(async () => (await nvidiaSmi.running()) === 0);
  },
);

it('keeps the process alive until sampleNow() has settled', async () => {
  await nvidiaSmi.printsFixture('titan-x-2016.csv');
  expect(await run('console.log((await new GPUProfiler({ enabled: false }).sampleNow()).length);')).toBe('8');
});
