// A GPU that became unavailable in the query of its MIG mode failed the sample of all GPUs.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NvmlSource } from '../../src/gpu/sources/nvml/nvml-source.js';
import { RETURN_CODES } from '../../src/gpu/sources/nvml/return-codes.js';
import { type FakeNvml, fakeGpu, fakeNvml, noCompiler } from '../fakes/nvml.js';

let nvml: FakeNvml;
let source: NvmlSource;
beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await source?.close();
  await nvml?.remove();
});

const GPU_IS_LOST = 15;
/** A failed query makes the source list the devices again at once. */
const UNKNOWN = 999;
const migDevice = { uuid: 'MIG-0', name: 'Fake GPU 80GB MIG 3g.40gb' };
const gpus = [fakeGpu(0), fakeGpu(1, { migDevices: [migDevice] }), fakeGpu(2)];
const lost = (returns: Record<string, number>) => gpus.with(1, { ...gpus[1], returns });
const sample = () => source.sample(new AbortController().signal);

it.each([...RETURN_CODES].filter(([, { outcome }]) => outcome === 'device_unavailable'))(
  'drops only the GPU whose MIG mode query returns %i, and reports it',
  async (code, { description }) => {
    nvml = await fakeNvml({ gpus: lost({ nvmlDeviceGetMigMode: code }) });
    source = new NvmlSource(nvml.library);
    const { readings, faults } = await sample();
    expect(readings.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:2']);
    expect(faults).toEqual([
      {
        device: 'cuda:1',
        reason: 'failed',
        detail: `cuda:1 (${gpus[1]?.uuid}) is unavailable: nvmlDeviceGetMigMode: ${description}`,
      },
    ]);
  },
);

it('drops a GPU and its MIG devices when it is lost later, and samples them again once it is back', async () => {
  const all = ['cuda:0', 'cuda:1', 'cuda:1:0', 'cuda:2'];
  const devices = async () => (await sample()).readings.map(({ device }) => device);
  nvml = await fakeNvml({ gpus });
  source = new NvmlSource(nvml.library);
  expect(await devices()).toEqual(all);
  await nvml.script({ gpus: lost({ nvmlDeviceGetMigMode: GPU_IS_LOST, nvmlDeviceGetPowerUsage: UNKNOWN }) });
  for (let i = 0; i < 2; i++) {
    const { readings, faults } = await sample();
    expect(readings.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:2']);
    expect(faults.at(-1)).toMatchObject({ device: 'cuda:1', detail: expect.stringContaining('MigMode') });
  }
  await nvml.script({ gpus });
  expect(await devices()).toEqual(all);
});
