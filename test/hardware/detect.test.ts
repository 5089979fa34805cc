// Fake hosts: files in a temporary folder, and programs whose output has the format of the real ones. Nothing is recorded.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { detect } from '../../src/hardware/detect.js';
import { type Host, thisHost } from '../../src/hardware/host.js';
import {
  attachMany,
  clearHardwareCache,
  detach,
  detectHardware,
  hardwareCapabilities,
  hardwareIdentity,
} from '../../src/index.js';
import type { ProgramRun } from '../../src/system/run-program.js';
import { instrumentedHost } from '../helpers/sdk.js';

afterEach(() => {
  detach('watch');
  clearHardwareCache();
});

/** @param stdout output of a program that succeeds, or `undefined` for one that is not found */
const programRun = (stdout: string | undefined, code = 0): ProgramRun => ({
  status: stdout === undefined ? { kind: 'not_found' } : { kind: 'exited', code },
  stdout: stdout ?? '',
  stderr: '',
});

/**
 * Creates a fake host.
 *
 * @param files content by path
 * @param programs output by command line; others are not found
 */
async function fakeHost(
  files: Readonly<Record<string, string>>,
  programs: Readonly<Record<string, string | ProgramRun>> = {},
  machine: Partial<Host> = {},
): Promise<Host> {
  const root = await mkdtemp(join(tmpdir(), 'snakepit-host-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return {
    platform: 'linux',
    arch: 'x64',
    root,
    memoryBytes: 64 * 2 ** 30,
    processors: ['Fake CPU', 'Fake CPU', 'Fake CPU', 'Fake CPU'],
    run: async (executable, args) => {
      const answer = programs[[executable, ...args].join(' ')];
      return typeof answer === 'object' ? answer : programRun(answer);
    },
    ...machine,
  };
}

const QUERY = 'index,uuid,memory.total,memory.free,driver_version,compute_cap,name';
const query = (columns: string) => `nvidia-smi --query-gpu=${columns} --format=csv,noheader,nounits`;
const OVERVIEW = '| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4     |';

describe('CPU', () => {
  const processor = (core: number) =>
    `processor\t: ${core}\nmodel name\t: Intel(R) Xeon(R)\nphysical id\t: 0\ncore id\t: ${core >> 1}\nflags\t\t: fpu sse pni avx avx2 avx512f hypervisor\n\n`;

  test('reads model, physical cores and features of an x86 Linux host', async () => {
    const { cpu, accelerator, platform } = await detect(
      await fakeHost({ 'proc/cpuinfo': [0, 1, 2, 3].map(processor).join('') }),
    );
    expect(cpu).toEqual({
      model: 'Intel(R) Xeon(R)',
      cores: 2,
      threads: 4,
      features: ['sse', 'sse3', 'avx', 'avx2', 'avx512f'],
      memoryTotalMib: 65_536,
    });
    expect([accelerator, platform]).toEqual(['cpu', 'linux-x86_64']);
  });

  test('reads features of an ARM Linux host, and takes the model from Node', async () => {
    const cpuinfo = 'processor\t: 0\nFeatures\t: fp asimd sve2 bf16\n';
    const { cpu, platform } = await detect(
      await fakeHost({ 'proc/cpuinfo': cpuinfo }, {}, { arch: 'arm64' }),
    );
    expect(cpu).toMatchObject({ model: 'Fake CPU', cores: 4, features: ['neon', 'sve2', 'bf16'] });
    expect(platform).toBe('linux-aarch64');
  });

  test('detects a CPU on a host that reports nothing', async () => {
    const { cpu } = await detect(await fakeHost({}, {}, { platform: 'win32', processors: [] }));
    expect(cpu).toMatchObject({ model: 'unknown', cores: 1, threads: 1, features: [] });
  });

  test('agrees with the operating system of this host', async () => {
    const { cpu } = await detect(thisHost());
    expect(cpu.threads).toBe(cpus().length);
    expect(cpu.memoryTotalMib).toBe(Math.floor(totalmem() / 2 ** 20));
    expect(cpu.cores).toBeLessThanOrEqual(cpu.threads);
  });
});

describe('CUDA', () => {
  test('detects devices, versions and cuDNN without the toolkit', async () => {
    const rows =
      '0, GPU-a, 81559, 80994, 550.54.15, 9.0, NVIDIA H100, 80GB HBM3\n1, GPU-b, [N/A], [N/A], 550.54.15, 9.0, NVIDIA H100\n';
    const files = {
      'usr/lib/x86_64-linux-gnu/libcudnn.so.9': '',
      'usr/lib/x86_64-linux-gnu/libcudnn.so.9.1.0': '',
    };
    const info = await detect(await fakeHost(files, { [query(QUERY)]: rows, 'nvidia-smi': OVERVIEW }));
    expect(info.accelerator).toBe('cuda');
    expect(info.cuda).toEqual({
      version: '12.4',
      driverVersion: '550.54.15',
      cudnnVersion: '9.1.0',
      devices: [
        {
          id: 0,
          uuid: 'GPU-a',
          name: 'NVIDIA H100, 80GB HBM3',
          memoryTotalMib: 81_559,
          memoryFreeMib: 80_994,
          computeCapability: '9.0',
        },
        { id: 1, uuid: 'GPU-b', name: 'NVIDIA H100', computeCapability: '9.0' },
      ],
    });
  });

  test('repeats the query without the compute capability if the driver rejects it', async () => {
    const programs = {
      [query(QUERY)]: programRun('Field "compute_cap" is not a valid field to query.\n', 2),
      [query(QUERY.replace('compute_cap,', ''))]: '0, GPU-a, 6144, 6000, 390.25, Quadro\n',
    };
    const { cuda } = await detect(await fakeHost({}, programs));
    expect(cuda?.devices).toEqual([
      { id: 0, uuid: 'GPU-a', name: 'Quadro', memoryTotalMib: 6144, memoryFreeMib: 6000 },
    ]);
    expect(cuda?.version).toBeUndefined();
  });

  test.each([
    ['no device', 'No devices were found\n'],
    ['garbage', '\0\0 segmentation fault, , , , , , , ,\n'],
  ])('detects no CUDA in the output %s', async (_what, printed) => {
    const info = await detect(await fakeHost({}, { [query(QUERY)]: printed, 'nvidia-smi': printed }));
    expect(info.cuda).toBeUndefined();
    expect(info.accelerator).toBe('cpu');
  });
});

test('detects ROCm for cards of the amdgpu driver that the kernel offers for computing', async () => {
  const card = 'sys/class/drm/card0/device';
  const files = {
    [`${card}/uevent`]: 'DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c1:00.0\n',
    [`${card}/product_name`]: 'AMD Instinct MI300X\n',
    [`${card}/unique_id`]: '8f2e3d4c\n',
    [`${card}/mem_info_vram_total`]: `${192 * 2 ** 30}\n`,
    [`${card}/mem_info_vram_used`]: `${2 ** 30}\n`,
    'opt/rocm/.info/version': '6.2.1-81\n',
  };
  const withoutKfd = await detect(await fakeHost(files));
  expect(withoutKfd.rocm).toBeUndefined();
  const info = await detect(await fakeHost({ ...files, 'sys/class/kfd/kfd/topology/nodes/0/name': '' }));
  expect(info.accelerator).toBe('rocm');
  expect(info.rocm).toEqual({
    version: '6.2.1',
    devices: [
      {
        id: 0,
        name: 'AMD Instinct MI300X',
        uuid: '8f2e3d4c',
        memoryTotalMib: 196_608,
        memoryFreeMib: 195_584,
      },
    ],
  });
});

test('detects MPS on a Mac with Apple silicon', async () => {
  const programs = {
    'sysctl -n machdep.cpu.brand_string': 'Apple M3 Max\n',
    'sysctl -n hw.physicalcpu': '14\n',
  };
  const info = await detect(await fakeHost({}, programs, { platform: 'darwin', arch: 'arm64' }));
  expect(info.accelerator).toBe('mps');
  expect(info.platform).toBe('darwin-arm64');
  expect(info.mps).toEqual({ available: true, deviceName: 'Apple M3 Max', memoryTotalMib: 65_536 });
  expect(info.cpu).toMatchObject({ cores: 14, features: ['neon'] });
});

describe('faults', () => {
  test('does not wait beyond the limit for a tool that hangs, and does not block the event loop', async () => {
    const sleeper = thisHost();
    const run: Host['run'] = (_executable, _args, signal) => sleeper.run('sleep', ['30'], signal);
    const host = await fakeHost({}, {}, { run });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const started = performance.now();
    const info = await detect(host, 200);
    clearInterval(timer);
    expect(info.accelerator).toBe('cpu');
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(turns).toBeGreaterThan(1);
  });

  test('omits a family whose detection fails, and detects the rest', async () => {
    const run = () => Promise.reject(new Error('driver exploded'));
    const info = await detect(await fakeHost({}, {}, { run }));
    expect(info.cuda).toBeUndefined();
    expect(info.cpu.model).toBe('Fake CPU');
  });
});

describe('events and cache', () => {
  const watch = () => {
    const events: [string, unknown][] = [];
    attachMany(
      'watch',
      [
        'snakepit.hardware.detect.start',
        'snakepit.hardware.detect.stop',
        'snakepit.hardware.cache.hit',
        'snakepit.hardware.cache.miss',
      ],
      ({ name, metadata }) => {
        events.push([name.replace('snakepit.hardware.', ''), metadata]);
      },
    );
    return events;
  };

  test('detects once for all callers, at the same time and later', async () => {
    const host = instrumentedHost();
    const events = watch();
    const [one, other] = await Promise.all([detectHardware(), detectHardware()]);
    expect(other).toBe(one);
    expect(await detectHardware()).toBe(one);
    const key = { key: 'hardware_info' };
    expect(events).toEqual([
      ['cache.miss', key],
      ['detect.start', {}],
      ['cache.hit', key],
      ['detect.stop', { accelerator: one.accelerator, platform: one.platform }],
      ['cache.hit', key],
    ]);
    expect(host.spans().map(({ name }) => name)).toEqual(['snakepit.hardware.detect']);
    expect(await host.value('snakepit.hardware.cache.hits.total')).toBe(2);
  });

  test('detects again after the cache is cleared', async () => {
    const one = await detectHardware();
    clearHardwareCache();
    expect(await detectHardware()).not.toBe(one);
  });

  test('derives capabilities and identity from what was detected', async () => {
    const { cpu, platform, accelerator } = await detectHardware();
    expect(await hardwareCapabilities()).toMatchObject({
      avx2: cpu.features.includes('avx2'),
      cuda: accelerator === 'cuda',
    });
    expect(await hardwareIdentity()).toMatchObject({ platform, accelerator, cpuFeatures: cpu.features });
  });
});
