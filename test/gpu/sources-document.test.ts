// docs/gpu-sources.md, compared with the table of readings and with readings of cards that report everything.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { completeSample } from '../../src/gpu/complete-sample.js';
import { GPU_READING_LABELS, GPU_READINGS } from '../../src/gpu/readings.js';
import type { GpuSource } from '../../src/gpu/source.js';
import { AmdgpuSource } from '../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { AppleSource } from '../../src/gpu/sources/apple.js';
import { IntelSource } from '../../src/gpu/sources/intel/intel-source.js';
import { NvidiaSmiSource } from '../../src/gpu/sources/nvidia-smi/nvidia-smi-source.js';
import { NvmlSource } from '../../src/gpu/sources/nvml/nvml-source.js';
import { TegraSource } from '../../src/gpu/sources/tegra/tegra-source.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { FAKE_FIELDS, fakeNvml, fullFakeGpu, noCompiler } from '../fakes/nvml.js';
import { fakeProc } from '../fakes/proc.js';
import { type FakeSysfs, fakeSysfs, known } from '../fakes/sysfs.js';
import { fixture, until } from '../helpers/fixtures.js';
import { FULL_AMDGPU, FULL_I915, FULL_TEGRA } from '../helpers/full-readings.js';

let sysfs: FakeSysfs;
let nvidiaSmi: FakeNvidiaSmi;
const signal = new AbortController().signal;

beforeEach(async () => {
  sysfs = await fakeSysfs();
  nvidiaSmi = await fakeNvidiaSmi();
});
afterEach(() => Promise.all([sysfs.remove(), nvidiaSmi.remove()]));

/** Reads the table of readings: for each row its cells by the title of the column. */
async function documentedRows(): Promise<Record<string, string>[]> {
  const text = await readFile(new URL('../../docs/gpu-sources.md', import.meta.url), 'utf8');
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  const titles = rows.find((cells) => cells[2] === 'key') ?? [];
  return rows
    .slice(rows.indexOf(titles) + 2)
    .filter((cells) => cells.length === titles.length)
    .map((cells) => Object.fromEntries(titles.map((title, at) => [title, cells[at] ?? ''])));
}

/** Returns the keys that a source can report, according to the document. */
const documented = async (source: string) =>
  (await documentedRows()).flatMap((row) => (row[source] === '✓' ? (row.key ?? []) : [])).sort();

const ALWAYS = ['device', 'index', 'vendor'];
const keysOf = (reading: object | undefined) =>
  Object.keys(known(reading))
    .filter((key) => !ALWAYS.includes(key))
    .sort();
const read = async (source: GpuSource) => keysOf((await source.sample(signal)).readings[0]);

it('lists every reading with its label and unit', async () => {
  const identity = [
    'name',
    'uuid',
    'pciAddress',
    'driverVersion',
    'firmwareVersion',
    'serialNumber',
    'cudaVersion',
    'computeCapability',
    'parentUuid',
    'gpuInstanceId',
    'computePartition',
  ];
  const rows = (await documentedRows()).filter(({ key = '' }) => !identity.includes(key));
  const units: Record<string, string> = Object.fromEntries(
    Object.entries(GPU_READINGS).map(([key, { unit }]) => [key, unit]),
  );
  expect(rows.map(({ key, reading, unit }) => [key, reading, unit])).toEqual(
    [...GPU_READING_LABELS].map(([key, label]) => [key, label, units[key] ?? '–']),
  );
});

it('states what tegra reports', async () => {
  await sysfs.files(FULL_TEGRA);
  const sample = await new TegraSource(join(sysfs.root, '../..')).sample(signal);
  expect(keysOf(completeSample(sample).readings[0])).toEqual(await documented('tegra'));
});

it('states what amdgpu reports', async () => {
  await sysfs.card(0, FULL_AMDGPU);
  await fakeProc(sysfs.proc).process(1, {});
  expect(await read(new AmdgpuSource(sysfs))).toEqual(await documented('amdgpu'));
});

it('states what intel reports', async () => {
  await sysfs.card(0, FULL_I915);
  await fakeProc(sysfs.proc).process(1, {});
  const source = new IntelSource(sysfs);
  await read(source);
  const keys = await until(async () => {
    const keys = await read(source);
    return keys.includes('watts') && keys;
  });
  expect(keys).toEqual(await documented('intel'));
});

it('states what nvidia-smi reports', async () => {
  // The recorded H100 has no fan, and remaps memory rows instead of retiring pages.
  await nvidiaSmi.printsTable(
    (await fixture('h100-590.48.01.csv'))
      .replace('[N/A], 5, 5,', '30 %, 5, 5,')
      .replace('[N/A], [N/A], 0, 0, [N/A],', '0, 0, 0, 0, No,'),
  );
  await nvidiaSmi.printsProcesses(await fixture('h100-590.48.01-processes.csv'));
  const source = new NvidiaSmiSource(nvidiaSmi.path);
  source.setSamplingInterval(100);
  const keys = await until(async () => {
    const keys = await read(source);
    return keys.includes('processes') && keys;
  });
  await source.close();
  expect(keys).toEqual(await documented('nvidia-smi'));
});

it.skipIf(noCompiler)('states what nvml reports', async () => {
  // With the errors of older and of newer NVLinks, which no real GPU has both.
  const fields = [...FAKE_FIELDS, ...[208, 211, 214].map((id) => ({ id, value: 1 }))];
  const gpu = fullFakeGpu(0, { fields, migDevices: [{ uuid: 'MIG-0' }] });
  const nvml = await fakeNvml({ gpus: [gpu] });
  onTestFinished(() => nvml.remove());
  const source = new NvmlSource(nvml.library);
  onTestFinished(() => source.close());
  const keys = new Set<string>();
  await source.sample(signal);
  await nvml.script({ gpus: [{ ...gpu, xids: [31] }] });
  await until(async () => {
    for (const reading of (await source.sample(signal)).readings)
      for (const key of keysOf(reading)) keys.add(key);
    return keys.has('smPercent') && keys.has('xids');
  });
  expect([...keys].sort()).toEqual(await documented('nvml'));
});

it('states what apple reports', async () => {
  const ioreg = join(nvidiaSmi.folder, 'ioreg');
  const recorded = new URL('../fixtures/ioreg/m4.txt', import.meta.url).pathname;
  await writeFile(ioreg, `#!/bin/sh\ncat "${recorded}"\n`, { mode: 0o755 });
  expect(await read(new AppleSource(ioreg))).toEqual(await documented('apple'));
});
