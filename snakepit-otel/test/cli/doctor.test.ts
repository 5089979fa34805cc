// The built command, with a fake nvidia-smi on PATH or none.
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../../../test/fakes/nvidia-smi.js';
import { fakeGpu, fakeNvml, noCompiler } from '../../../test/fakes/nvml.js';
import { runNode } from '../../../test/helpers/child.js';

let nvidiaSmi: FakeNvidiaSmi;
beforeEach(async () => {
  nvidiaSmi = await fakeNvidiaSmi();
});
afterEach(() => nvidiaSmi.remove());

const SYSTEM_PATH = ['/usr/bin', '/bin'].join(delimiter);
const doctor = (env: Record<string, string> = {}, ...options: string[]) =>
  runNode(['snakepit-otel/dist/command/main.cjs', 'doctor', ...options], { env });
const withNvidiaSmi = () => ({ PATH: `${nvidiaSmi.folder}${delimiter}${SYSTEM_PATH}` });

test('lists the readings that a source reports, and those it does not', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  const { code, stdout, stderr } = await doctor(withNvidiaSmi());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^→ nvidia-smi\n {4}reads 2 devices in \d+ ms\n {4}cuda:0 {2}NVIDIA H100 .*GPU-/m);
  expect(stdout).toMatch(/^ {6}reported: memory used, memory total, .*utilization/m);
  expect(stdout).toMatch(/^ {6}not reported: .*Xid errors/m);
  expect(stdout).toMatch(
    /^ {2}amdgpu\n {4}not available: no card .*\n {4}remedy: .*load the amdgpu kernel driver/m,
  );
  expect(stdout).toContain(
    'The source nvidia-smi is selected automatically; SNAKEPIT_OTEL_GPU_SOURCE, or the option',
  );
});

test('prints no control characters of a GPU name', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  const table = join(nvidiaSmi.folder, 'table');
  const text = await readFile(table, 'utf8');
  await writeFile(table, text.replaceAll('NVIDIA H100', 'NVIDIA\u001b[2J\u009b31m\u202e H100'));
  const { stdout } = await doctor(withNvidiaSmi());
  expect(stdout).toMatch(/^ {4}cuda:0 {2}NVIDIA H100/m);
  expect(stdout).not.toMatch(/[^\n\P{Cc}]|\p{Bidi_Control}/u);
});

test('lists reasons and remedies without a GPU, and exits with code 1', async () => {
  const { code, stdout } = await doctor({ PATH: [dirname(process.execPath), SYSTEM_PATH].join(delimiter) });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^ {2}nvidia-smi\n {4}not available: nvidia-smi was not found\n {4}remedy: install the NVIDIA driver/m,
  );
  expect(stdout).toMatch(/No GPU can be read on this host\.\n$/);
});

test('reports the error of a source that fails', async () => {
  await nvidiaSmi.exitsWith(9);
  await nvidiaSmi.printsToStderr(
    'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.',
  );
  const { code, stdout } = await doctor(withNvidiaSmi());
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^ {2}nvidia-smi\n {4}failed: .*exit code 9: NVIDIA-SMI has failed.*\n {4}remedy: load the nvidia kernel module/m,
  );
});

test.skipIf(noCompiler)(
  'names the selected source although it reads nothing, and an alternative',
  async () => {
    const GPU_IS_LOST = 15;
    const nvml = await fakeNvml({
      gpus: [fakeGpu(0, { returns: { nvmlDeviceGetMemoryInfo_v2: GPU_IS_LOST } })],
    });
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    const { code, stdout } = await doctor({ ...withNvidiaSmi(), SNAKEPIT_OTEL_NVML_LIBRARY: nvml.library });
    await nvml.remove();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^ {2}nvml\n {4}reads 0 devices in \d+ ms\n {4}fault: cuda:0 .* the GPU is lost\n {4}remedy: check the kernel log/m,
    );
    expect(stdout).toContain('The source nvml is selected automatically, but reads no GPU.');
    expect(stdout).toMatch(
      /SNAKEPIT_OTEL_GPU_SOURCE=nvidia-smi, or the option 'source', selects a source that reads a GPU here\.\n$/,
    );
  },
);

test('judges only the source that the environment selects, and rejects an unknown name', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  const selected = await doctor({ ...withNvidiaSmi(), SNAKEPIT_OTEL_GPU_SOURCE: 'amdgpu' });
  expect(selected.code).toBe(1);
  expect(selected.stdout).toContain(
    'The source amdgpu, which SNAKEPIT_OTEL_GPU_SOURCE selects, reads no GPU',
  );
  const invalid = await doctor({ SNAKEPIT_OTEL_GPU_SOURCE: 'rocm-smi' });
  expect(invalid).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Invalid SNAKEPIT_OTEL_GPU_SOURCE: "rocm-smi"'),
  });
});

test.each([
  [
    'No devices were found',
    '',
    6,
    /fault: .*No devices were found; the PCI bus has no NVIDIA GPU: give this container/,
  ],
  [
    'WARNING: infoROM is corrupted at gpu 0000:1B:00.0',
    'index, count, uuid, memory.total\n0, 1, GPU-0, 100\n',
    14,
    /fault: WARNING: infoROM .*\n {4}remedy: update the firmware/,
  ],
  [
    '',
    'index, count, uuid, memory.total, memory.used\n0, 1, GPU-0, [Insufficient Permissions], [Function Not Found]\n',
    0,
    /fault: cuda:0: memory.total: Insufficient Permissions\n {4}remedy: give this user .*\n {4}fault: .*Function Not Found\n {4}remedy: update/,
  ],
  [
    '',
    'index, count, uuid, utilization.gpu\n0, 1, GPU-0, 4294967295\n',
    0,
    /fault: cuda:0: impossible value of utilization\n {4}remedy: update the driver/,
  ],
  [
    '',
    'index, count, uuid, name\n0, 1, GPU-0, Orin (nvgpu)\n',
    0,
    /reported: memory used.*unified memory\n.*not reported.*\n {6}remedy: this is a Tegra.*the source tegra reads its files/,
  ],
])('names cause and remedy of %j after %j', async (message, table, code, expected) => {
  await nvidiaSmi.printsTable(table);
  await nvidiaSmi.prints(message && `${message}\n`);
  await nvidiaSmi.exitsWith(code);
  expect((await doctor(withNvidiaSmi())).stdout).toMatch(expected);
});

test('names the time limit as the remedy for an answer that is late', async () => {
  await nvidiaSmi.hangs();
  const { code, stdout } = await doctor({ ...withNvidiaSmi(), SNAKEPIT_OTEL_GPU_TIMEOUT_MS: '300' });
  expect(code).toBe(1);
  expect(stdout).toMatch(/failed: no answer within 300 ms\n {4}remedy: .*SNAKEPIT_OTEL_GPU_TIMEOUT_MS/);
  expect(await nvidiaSmi.running()).toBe(0);
});

test('prints the same as JSON for programs', async () => {
  await nvidiaSmi.printsTable(
    'index, count, uuid, name, driver_version, memory.total, memory.used, utilization.gpu\n0, 1, GPU-0, H100\u001b[2J, 550.54, 81559, [Insufficient Permissions], 4294967295\n',
  );
  const { code, stdout } = await doctor(withNvidiaSmi(), '--json');
  const { sources, inputs, exporters, pods, agent, ...diagnosis } = JSON.parse(stdout);
  expect({ code, ...diagnosis }).toEqual({
    code: 0,
    healthy: true,
    selected: 'nvidia-smi',
    conclusion: expect.stringContaining('The source nvidia-smi is selected automatically'),
  });
  expect(pods).toMatchObject({ name: 'pods of GPUs', isConfigured: false });
  const of = (name: string) => sources.find((source: { name: string }) => source.name === name);
  expect(of('amdgpu')).toEqual({
    name: 'amdgpu',
    available: false,
    devices: [],
    faults: [],
    failure: {
      cause: expect.stringContaining('no card'),
      remedy: expect.stringContaining('load the amdgpu kernel driver'),
    },
  });
  expect(of('nvidia-smi')).toEqual({
    name: 'nvidia-smi',
    available: true,
    durationMs: expect.any(Number),
    devices: [
      {
        device: 'cuda:0',
        name: expect.stringMatching(/^H100[^\p{Cc}]*$/u),
        uuid: 'GPU-0',
        driverVersion: '550.54',
        reported: ['memoryTotalMib'],
        notReported: expect.arrayContaining(['memoryUsedMib', 'gpuPercent', 'xids']),
      },
    ],
    faults: [
      {
        cause: 'cuda:0: memory.used: Insufficient Permissions',
        remedy: expect.stringContaining('give this user'),
      },
      {
        cause: 'cuda:0: impossible value of utilization',
        remedy: expect.stringContaining('update the driver'),
      },
    ],
  });
});

test('is unhealthy in JSON with a Jetson of which nvidia-smi reports nothing', async () => {
  await nvidiaSmi.printsTable('index, count, uuid, name\n0, 1, GPU-0, Orin (nvgpu)\n');
  const { code, stdout } = await doctor(withNvidiaSmi(), '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    healthy: false,
    selected: 'nvidia-smi',
    conclusion: expect.stringContaining('reads no GPU'),
  });
});
