import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NvidiaSmiSource } from '../../../src/gpu/sources/nvidia-smi.js';
import { type StandInNvidiaSmi, standInNvidiaSmi } from '../stand-in-nvidia-smi.js';

let nvidiaSmi: StandInNvidiaSmi;
const sample = (signal = new AbortController().signal) => new NvidiaSmiSource(nvidiaSmi.path).sample(signal);

beforeEach(async () => {
  nvidiaSmi = await standInNvidiaSmi();
});
afterEach(() => nvidiaSmi.remove());

it('reads all devices with one process', async () => {
  await nvidiaSmi.printsFixture('titan-x-2016.csv');
  expect((await sample()).readings).toHaveLength(8);
  expect(await nvidiaSmi.starts()).toBe(1);
  expect(await nvidiaSmi.arguments()).toBe(
    '--query-gpu=index,uuid,name,pci.bus_id,memory.total,memory.used,memory.free,utilization.gpu,' +
      'utilization.memory,temperature.gpu,power.draw,enforced.power.limit --format=csv,nounits',
  );
});

it('does not go through a shell: a path is a path', async () => {
  const source = new NvidiaSmiSource(`${nvidiaSmi.path}; touch ${nvidiaSmi.folder}/stdout`);
  await expect(source.sample(new AbortController().signal)).rejects.toMatchObject({ code: 'not_found' });
});

it('that is missing is not_found', async () => {
  await nvidiaSmi.remove();
  await expect(sample()).rejects.toMatchObject({ name: 'GpuSourceError', code: 'not_found' });
});

it('that fails tells the exit code and what it said, capped', async () => {
  await nvidiaSmi.exits(9);
  await nvidiaSmi.complains(`NVIDIA-SMI has failed because it couldn't\ncommunicate ${'x'.repeat(5000)}`);
  const error = await sample().catch((error) => error);
  expect(error).toMatchObject({ code: 'failed' });
  expect(error.message).toMatch(/^exit code 9: NVIDIA-SMI has failed because it couldn't communicate x+…$/);
  expect(error.message.length).toBeLessThan(400);
});

it('that fails and says why on stdout, as drivers do, is quoted too', async () => {
  await nvidiaSmi.exits(18);
  await nvidiaSmi.prints('Failed to initialize NVML: Driver/library version mismatch\n');
  await expect(sample()).rejects.toMatchObject({
    code: 'failed',
    message: 'exit code 18: Failed to initialize NVML: Driver/library version mismatch',
  });
});

it.each(['', '\u0000garbage\n', 'index, power.draw [W]\nx, 1\n'])(
  'that prints %j is unreadable',
  async (text) => {
    await nvidiaSmi.prints(text);
    await expect(sample()).rejects.toMatchObject({ code: 'unreadable' });
  },
);

it('that prints without end is unreadable and killed', async () => {
  await nvidiaSmi.prints('x'.repeat(2_000_000));
  await expect(sample()).rejects.toMatchObject({ code: 'unreadable' });
  expect(await nvidiaSmi.running()).toBe(0);
});

it.each([0, 6])('that finds no devices, with exit code %i, is a sample without devices', async (code) => {
  await nvidiaSmi.exits(code);
  await nvidiaSmi.prints('No devices were found\n');
  expect(await sample()).toEqual({ readings: [], faults: [] });
});

it('a lost GPU does not hide the others, whatever the exit code', async () => {
  await nvidiaSmi.exits(15);
  await nvidiaSmi.printsFixture('written-one-h100-550.csv');
  await nvidiaSmi.complains('Unable to determine the device handle for GPU 0000:3D:00.0: GPU is lost.');
  const { readings, faults } = await sample();
  expect(readings).toMatchObject([{ device: 'cuda:0' }]);
  expect(faults).toMatchObject([{ reason: 'failed', detail: expect.stringContaining('GPU is lost') }]);
});

it('that hangs is killed when the signal is aborted, with the reason of the signal', async () => {
  await nvidiaSmi.hangs();
  const controller = new AbortController();
  const answer = sample(controller.signal).catch((error) => error);
  await vi.waitUntil(async () => (await nvidiaSmi.running()) === 1);
  const reason = new Error('time is over');
  controller.abort(reason);
  expect(await answer).toBe(reason);
  expect(await nvidiaSmi.running()).toBe(0);
});

it('starts nothing for a signal that is aborted already', async () => {
  await expect(sample(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  expect(await nvidiaSmi.starts()).toBe(0);
});

it('does not keep the process alive while it hangs', async () => {
  await nvidiaSmi.hangs();
  const before = process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name));
  const controller = new AbortController();
  const answer = sample(controller.signal).catch(() => {});
  await vi.waitUntil(async () => (await nvidiaSmi.running()) === 1);
  expect(process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name))).toEqual(before);
  controller.abort();
  await answer;
});
