// The built command, with a fake nvidia-smi on PATH or none.
import { delimiter, dirname } from 'node:path';
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
const doctor = (env: Record<string, string> = {}) =>
  runNode(['snakepit-otel/dist/esm/cli/main.js', 'doctor'], { env });
const withNvidiaSmi = () => ({ PATH: `${nvidiaSmi.folder}${delimiter}${SYSTEM_PATH}` });

test('what a source reads, and what it does not', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  const { code, stdout, stderr } = await doctor(withNvidiaSmi());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^→ nvidia-smi\n {4}reads 2 devices in \d+ ms\n {4}cuda:0 {2}NVIDIA H100 .*GPU-/m);
  expect(stdout).toMatch(/^ {6}told: memory used, memory total, .*utilization/m);
  expect(stdout).toMatch(/^ {6}not told: .*Xid errors/m);
  expect(stdout).toMatch(
    /^ {2}amdgpu\n {4}not here: no card .*\n {4}to do: .*load the amdgpu kernel driver/m,
  );
  expect(stdout).toContain('GPUs are read with nvidia-smi; SNAKEPIT_OTEL_GPU_SOURCE, or the option');
});

test('no GPU: why not, what to do, and exit code 1', async () => {
  const { code, stdout } = await doctor({ PATH: [dirname(process.execPath), SYSTEM_PATH].join(delimiter) });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^ {2}nvidia-smi\n {4}not here: nvidia-smi is not on PATH\n {4}to do: install the NVIDIA driver/m,
  );
  expect(stdout).toMatch(/No GPU can be read on this host\.\n$/);
});

test('a source that is there and fails says how', async () => {
  await nvidiaSmi.exitsWith(9);
  await nvidiaSmi.printsToStderr(
    'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.',
  );
  const { code, stdout } = await doctor(withNvidiaSmi());
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ {2}nvidia-smi\n {4}found, but: .*exit code 9: NVIDIA-SMI has failed/m);
});

test.skipIf(noCompiler)(
  'what would be read with is told, though it reads nothing, and what else there is',
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
      /^ {2}nvml\n {4}reads 0 devices in \d+ ms\n {4}fault: cuda:0 .* the GPU is lost$/m,
    );
    expect(stdout).toContain('nvml is what GPUs are read with here, and it reads none.');
    expect(stdout).toMatch(
      /SNAKEPIT_OTEL_GPU_SOURCE=nvidia-smi, or the option 'source', reads what is here\.\n$/,
    );
  },
);

test('a source that the environment wants is judged by itself, and a wrong name is told', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  const wanted = await doctor({ ...withNvidiaSmi(), SNAKEPIT_OTEL_GPU_SOURCE: 'amdgpu' });
  expect(wanted.code).toBe(1);
  expect(wanted.stdout).toContain('No GPU can be read with amdgpu, which SNAKEPIT_OTEL_GPU_SOURCE wants');
  const wrong = await doctor({ SNAKEPIT_OTEL_GPU_SOURCE: 'rocm-smi' });
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Invalid SNAKEPIT_OTEL_GPU_SOURCE: "rocm-smi"'),
  });
});
