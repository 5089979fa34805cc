import { delimiter } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { detect } from '../../src/hardware/detect.js';
import { thisHost } from '../../src/hardware/host.js';
import {
  clearHardwareCache,
  type DevicePreference,
  selectDevice,
  selectDeviceWithFallback,
} from '../../src/index.js';
import { fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { instrumentedHost } from '../helpers/sdk.js';

beforeEach(clearHardwareCache);
afterEach(() => vi.unstubAllEnvs());

/** Puts a fake nvidia-smi of a host with two GPUs on PATH. */
async function twoGpus(): Promise<void> {
  const nvidiaSmi = await fakeNvidiaSmi();
  onTestFinished(() => nvidiaSmi.remove());
  await nvidiaSmi.printsTable(
    'index, uuid, memory.total, name\n0, GPU-a, 81559, H100\n1, GPU-b, 81559, H100\n',
  );
  vi.stubEnv('PATH', `${nvidiaSmi.folder}${delimiter}${process.env.PATH}`);
}

describe('on a host with two NVIDIA GPUs', () => {
  beforeEach(twoGpus);

  test.each<[DevicePreference, string]>([
    ['auto', 'cuda:0'],
    ['cuda', 'cuda:0'],
    ['cuda:1', 'cuda:1'],
    ['cpu', 'cpu'],
  ])('%s selects %s', async (preference, device) => {
    expect(await selectDevice(preference)).toBe(device);
  });

  test.each<DevicePreference>(['cuda:2', 'mps', 'rocm', 'rocm:0'])(
    '%s is not available',
    async (preference) => {
      await expect(selectDevice(preference)).rejects.toMatchObject({
        code: 'SNAKEPIT_DEVICE_NOT_AVAILABLE',
        message: `Not available: ${preference}. Available: cuda:0, cuda:1, cpu.`,
      });
    },
  );

  test('selects the first available device of a list', async () => {
    expect(await selectDeviceWithFallback(['mps', 'rocm', 'cuda:1', 'cpu'])).toBe('cuda:1');
  });

  test.each<[readonly DevicePreference[]]>([[['mps', 'rocm']], [[]]])(
    'rejects a list without an available device: %j',
    async (preferences) => {
      await expect(selectDeviceWithFallback(preferences)).rejects.toMatchObject({
        code: 'SNAKEPIT_NO_DEVICE',
      });
    },
  );
});

test('rejects an invalid preference by name', async () => {
  for (const wrong of ['gpu', 'cuda:', 'cuda:x', 'mps:0', '']) {
    await expect(selectDevice(wrong as DevicePreference)).rejects.toThrow(
      `Invalid device: ${JSON.stringify(wrong)}`,
    );
  }
});

test('records a selection as one span with the preference and the device', async () => {
  const host = instrumentedHost();
  await selectDeviceWithFallback(['mps', 'cpu']);
  const selection = host.spans().find(({ name }) => name === 'snakepit.hardware.select');
  expect(selection?.attributes).toEqual({
    'snakepit.preference': 'mps,cpu',
    'snakepit.device': (await detect(thisHost(), 10_000)).mps ? 'mps' : 'cpu',
    'snakepit.success': true,
  });
  expect(await host.value('snakepit.hardware.select.duration')).toMatchObject({ count: 1 });
});
