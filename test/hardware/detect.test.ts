// Fake hosts: files in a temporary folder, and programs whose output has the format of the real ones. Nothing is recorded.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { detect } from '../../src/hardware/detect.js';
import { type Host, thisHost } from '../../src/hardware/host.js';
import {
  attachMany,
  clearHardwareCache,
  detach,
  detectHardware,
  hardwareCapabilities,
  hardwareIdentity,
  selectDevice,
} from '../../src/index.js';
import type { ProgramRun } from '../../src/system/run-program.js';
import { fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { fakeGpu, fakeNvml, noCompiler } from '../fakes/nvml.js';
import { fakeProgram } from '../fakes/program.js';
import { until } from '../helpers/fixtures.js';
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
    gpu: { nvmlLibrary: '/no/such/library.so', nvidiaSmi: '/no/such/program' },
    run: async (executable, args) => {
      const answer = programs[[executable, ...args].join(' ')];
      return typeof answer === 'object' ? answer : programRun(answer);
    },
    ...machine,
  };
}

describe('CPU', () => {
  const processor = (core: number) =>
    `processor\t: ${core}\nmodel name\t: Intel(R) Xeon(R)\nphysical id\t: 0\ncore id\t: ${core >> 1}\nflags\t\t: fpu sse pni avx avx2 avx512f hypervisor\n\n`;

  test('reads model, physical cores and features of an x86 Linux host', async () => {
    const { cpu, accelerator, platform } = await detect(
      await fakeHost({ 'proc/cpuinfo': [0, 1, 2, 3].map(processor).join('') }),
      10_000,
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
      10_000,
    );
    expect(cpu).toMatchObject({ model: 'Fake CPU', cores: 4, features: ['neon', 'sve2', 'bf16'] });
    expect(platform).toBe('linux-aarch64');
  });

  test('detects a CPU on a host that reports nothing', async () => {
    const { cpu } = await detect(await fakeHost({}, {}, { platform: 'win32', processors: [] }), 10_000);
    expect(cpu).toMatchObject({ model: 'unknown', cores: 1, threads: 1, features: [] });
  });

  test('agrees with the operating system of this host', async () => {
    const { cpu } = await detect(thisHost(), 10_000);
    expect(cpu.threads).toBe(cpus().length);
    expect(cpu.memoryTotalMib).toBe(Math.floor(totalmem() / 2 ** 20));
    expect(cpu.cores).toBeLessThanOrEqual(cpu.threads);
  });
});

/** Writes a fake nvidia-smi that prints rows of these columns for a query of devices. */
async function nvidiaSmiOf(table: string, rest: { readonly rejects?: readonly string[] } = {}) {
  const nvidiaSmi = await fakeNvidiaSmi();
  onTestFinished(() => nvidiaSmi.remove());
  await nvidiaSmi.printsTable(table);
  await nvidiaSmi.rejectsColumns(...(rest.rejects ?? []));
  return nvidiaSmi;
}

const NO_LIBRARY = { nvmlLibrary: '/no/such/library.so' };
const ROW = 'index, uuid, memory.total, memory.free, driver_version, compute_cap, cuda_version, name';

describe('CUDA', () => {
  test('detects the GPU of a Tegra with the source that samples it', async () => {
    const files = {
      'sys/class/devfreq/17000000.gpu/device/of_node/name': 'ga10b\0',
      'sys/class/devfreq/17000000.gpu/device/load': '0',
      'sys/firmware/devicetree/base/model': 'NVIDIA Jetson Orin Nano\0',
    };
    const info = await detect(await fakeHost(files), 10_000);
    expect(info).toMatchObject({
      accelerator: 'cuda',
      cuda: {
        devices: [
          {
            id: 0,
            name: 'NVIDIA Jetson Orin Nano',
            computeCapability: '8.7',
            memoryTotalMib: Math.round(totalmem() / 2 ** 20),
          },
        ],
      },
    });
  });

  test('detects devices, versions and cuDNN without the toolkit', async () => {
    const { path } = await nvidiaSmiOf(
      `${ROW}\n0, GPU-a, 81559, 80994, 550.54.15, 9.0, 12.4, NVIDIA H100\n1, GPU-b, [N/A], [N/A], 550.54.15, 9.0, 12.4, NVIDIA H100\n`,
    );
    const files = {
      'usr/lib/x86_64-linux-gnu/libcudnn.so.9': '',
      'usr/lib/x86_64-linux-gnu/libcudnn.so.9.1.0': '',
    };
    const info = await detect(await fakeHost(files, {}, { gpu: { ...NO_LIBRARY, nvidiaSmi: path } }), 10_000);
    expect(info.accelerator).toBe('cuda');
    expect(info.cuda).toEqual({
      version: '12.4',
      driverVersion: '550.54.15',
      cudnnVersion: '9.1.0',
      devices: [
        {
          id: 0,
          uuid: 'GPU-a',
          name: 'NVIDIA H100',
          memoryTotalMib: 81_559,
          memoryFreeMib: 80_994,
          computeCapability: '9.0',
        },
        { id: 1, uuid: 'GPU-b', name: 'NVIDIA H100', computeCapability: '9.0' },
      ],
    });
  });

  test('repeats the query without the columns that the driver rejects, and queries nothing else', async () => {
    const nvidiaSmi = await nvidiaSmiOf(
      'index, uuid, memory.total, memory.free, driver_version, name\n0, GPU-a, 6144, 6000, 390.25, Quadro\n',
      { rejects: ['compute_cap', 'cuda_version'] },
    );
    const { cuda } = await detect(
      await fakeHost({}, {}, { gpu: { ...NO_LIBRARY, nvidiaSmi: nvidiaSmi.path } }),
      10_000,
    );
    expect(cuda?.devices).toEqual([
      { id: 0, uuid: 'GPU-a', name: 'Quadro', memoryTotalMib: 6144, memoryFreeMib: 6000 },
    ]);
    expect(cuda?.version).toBeUndefined();
    for (const line of await nvidiaSmi.arguments()) expect(line).toContain('--query-gpu');
  });

  test('detects the devices that are printed before a warning that causes an exit code', async () => {
    const nvidiaSmi = await nvidiaSmiOf('index, uuid, memory.total\n0, A, 1\n1, B, 1\n2, C, 1\n3, D, 1\n');
    await nvidiaSmi.prints('WARNING: infoROM is corrupted at gpu 0000:00:1E.0\n');
    await nvidiaSmi.exitsWith(14);
    const { cuda } = await detect(
      await fakeHost({}, {}, { gpu: { ...NO_LIBRARY, nvidiaSmi: nvidiaSmi.path } }),
      10_000,
    );
    expect(cuda?.devices).toHaveLength(4);
  });

  test.skipIf(noCompiler)('detects what the driver’s library lists, without any program', async () => {
    const nvml = await fakeNvml({ gpus: [fakeGpu(0), fakeGpu(1, { migDevices: [fakeGpu(2)] })] });
    onTestFinished(() => nvml.remove());
    const { cuda } = await detect(
      await fakeHost({}, {}, { gpu: { nvmlLibrary: nvml.library, nvidiaSmi: '/no/such/program' } }),
      10_000,
    );
    expect(cuda).toMatchObject({ version: '12.4', driverVersion: '550.54.15' });
    expect(cuda?.devices.map(({ id, computeCapability }) => [id, computeCapability])).toEqual([
      [0, '9.0'],
      [1, '9.0'],
    ]);
  });

  test.each([
    ['no device', 'No devices were found\n'],
    ['garbage', '\0\0 segmentation fault, , , , , , , ,\n'],
  ])('detects no CUDA in the output %s', async (_what, printed) => {
    const nvidiaSmi = await nvidiaSmiOf('');
    await nvidiaSmi.prints(printed);
    const info = await detect(
      await fakeHost({}, {}, { gpu: { ...NO_LIBRARY, nvidiaSmi: nvidiaSmi.path } }),
      10_000,
    );
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
  const node = (properties: string) => ({
    'sys/class/kfd/kfd/topology/nodes/0/properties': 'cpu_cores_count 64\nsimd_count 0\n',
    ...(properties && { 'sys/class/kfd/kfd/topology/nodes/1/properties': properties }),
  });
  for (const nodes of [{}, node('')]) {
    const without = await detect(await fakeHost({ ...files, ...nodes }), 10_000);
    expect([without.rocm, without.accelerator]).toEqual([undefined, 'cpu']);
  }
  const info = await detect(
    await fakeHost({
      ...files,
      ...node(`cpu_cores_count 0\nsimd_count 304\nlocation_id ${0xc100}\ndomain 0\n`),
    }),
    10_000,
  );
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
  const info = await detect(await fakeHost({}, programs, { platform: 'darwin', arch: 'arm64' }), 10_000);
  expect(info.accelerator).toBe('mps');
  expect(info.platform).toBe('darwin-arm64');
  expect(info.mps).toEqual({ available: true, deviceName: 'Apple M3 Max', memoryTotalMib: 65_536 });
  expect(info.cpu).toMatchObject({ cores: 14, features: ['neon'] });
});

describe('faults', () => {
  test('does not wait beyond the limit for a tool that hangs, and does not block the event loop', async () => {
    const nvidiaSmi = await nvidiaSmiOf('');
    await nvidiaSmi.hangs();
    const host = await fakeHost({}, {}, { gpu: { ...NO_LIBRARY, nvidiaSmi: nvidiaSmi.path } });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const started = performance.now();
    const info = await detect(host, 200);
    clearInterval(timer);
    expect(info.accelerator).toBe('cpu');
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(turns).toBeGreaterThan(1);
    // The program is ended a while later.
    await until(async () => (await nvidiaSmi.running()) === 0);
  });
});

describe('a driver that fails or is slow', () => {
  const ONE = 'index, uuid, memory.total\n0, GPU-a, 100\n';

  test('is detected by the next call once it works', async () => {
    const nvidiaSmi = await nvidiaSmiOf('');
    await nvidiaSmi.exitsWith(9);
    const options = { ...NO_LIBRARY, nvidiaSmi: nvidiaSmi.path };
    expect((await detectHardware(options)).accelerator).toBe('cpu');
    await nvidiaSmi.recovers();
    await nvidiaSmi.printsTable(ONE);
    const detected = await detectHardware(options);
    expect(detected.accelerator).toBe('cuda');
    expect(await selectDevice('auto', options)).toBe('cuda:0');
    // Now it is cached.
    expect(await detectHardware(options)).toBe(detected);
  });

  test('corrects the result when it answers after the time limit', async () => {
    const folder = await fakeProgram(
      'nvidia-smi',
      'echo start >> "$0.starts"; sleep 0.6; echo "index, uuid, memory.total"; echo "0, GPU-a, 100"',
    );
    const options = { ...NO_LIBRARY, nvidiaSmi: join(folder, 'nvidia-smi'), timeoutMs: 150 };
    expect((await detectHardware(options)).accelerator).toBe('cpu');
    await until(async () => (await detectHardware(options)).accelerator === 'cuda');
    expect(await readFile(join(folder, 'nvidia-smi.starts'), 'utf8')).toBe('start\n');
  });

  test('has the time limit of a variable', async () => {
    vi.stubEnv('SNAKEPIT_OTEL_GPU_TIMEOUT_MS', '150');
    onTestFinished(() => void vi.unstubAllEnvs());
    const nvidiaSmi = await nvidiaSmiOf('');
    await nvidiaSmi.hangs();
    const startedAt = performance.now();
    await detectHardware({ ...NO_LIBRARY, nvidiaSmi: nvidiaSmi.path });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await until(async () => (await nvidiaSmi.running()) === 0);
  });

  test('is not detected with an invalid option', async () => {
    await expect(detectHardware({ timeoutMs: 5 })).rejects.toMatchObject({ setting: 'timeoutMs' });
    await expect(detectHardware({ nvidiaSmi: 'nvidia-smi' })).rejects.toMatchObject({ setting: 'nvidiaSmi' });
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
