import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GpuSource } from '../../src/gpu/source.js';
import { AmdgpuSource } from '../../src/gpu/sources/amdgpu.js';
import { AppleSource } from '../../src/gpu/sources/apple.js';
import { IntelSource } from '../../src/gpu/sources/intel.js';
import { NvidiaSmiSource } from '../../src/gpu/sources/nvidia-smi/nvidia-smi-source.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { known, type MadeSysfs, madeSysfs } from '../fakes/sysfs.js';
import { fixture, until } from '../helpers/fixtures.js';
import { FULL_AMDGPU, FULL_I915 } from '../helpers/full-readings.js';

// docs/gpu-sources.md against what the sources yield for cards that show everything.
let sysfs: MadeSysfs;
let nvidiaSmi: FakeNvidiaSmi;
const signal = new AbortController().signal;

beforeEach(async () => {
  sysfs = await madeSysfs();
  nvidiaSmi = await fakeNvidiaSmi();
});
afterEach(() => Promise.all([sysfs.remove(), nvidiaSmi.remove()]));

/** The keys that the document says a source tells. */
async function documented(source: string): Promise<string[]> {
  const text = await readFile(new URL('../../docs/gpu-sources.md', import.meta.url), 'utf8');
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const column = rows.find((cells) => cells[2] === 'key')?.indexOf(source) ?? -1;
  return rows.flatMap((cells) => {
    const key = /^`(\w+)`$/.exec(cells[2] ?? '')?.[1];
    return key !== undefined && cells[column] === '✓' ? key : [];
  });
}

const ALWAYS = ['device', 'index', 'vendor'];
const keysOf = (reading: object | undefined) =>
  Object.keys(known(reading)).filter((key) => !ALWAYS.includes(key));
const read = async (source: GpuSource) => keysOf((await source.sample(signal)).readings[0]);

it('says what amdgpu tells', async () => {
  await sysfs.card(0, FULL_AMDGPU);
  expect((await read(new AmdgpuSource(sysfs.root))).sort()).toEqual((await documented('amdgpu')).sort());
});

it('says what intel tells', async () => {
  await sysfs.card(0, FULL_I915);
  const source = new IntelSource(sysfs.root);
  await read(source);
  const keys = await until(async () => {
    const keys = await read(source);
    return keys.includes('watts') && keys;
  });
  expect(keys.sort()).toEqual((await documented('intel')).sort());
});

it('says what nvidia-smi tells', async () => {
  // The recorded H100 has no fan.
  await nvidiaSmi.printsTable(
    (await fixture('h100-590.48.01.csv')).replace(', [N/A], 0, 0,', ', 30 %, 0, 0,'),
  );
  await nvidiaSmi.printsProcesses(await fixture('h100-590.48.01-processes.csv'));
  const source = new NvidiaSmiSource(nvidiaSmi.path);
  source.setSamplingInterval(100);
  const keys = await until(async () => {
    const keys = await read(source);
    return keys.includes('processes') && keys;
  });
  await source.close();
  expect(keys.sort()).toEqual((await documented('nvidia-smi')).sort());
});

it('says what apple tells', async () => {
  const ioreg = join(nvidiaSmi.folder, 'ioreg');
  const recorded = new URL('../fixtures/ioreg/m4.txt', import.meta.url).pathname;
  await writeFile(ioreg, `#!/bin/sh\ncat "${recorded}"\n`, { mode: 0o755 });
  expect((await read(new AppleSource(ioreg))).sort()).toEqual((await documented('apple')).sort());
});
