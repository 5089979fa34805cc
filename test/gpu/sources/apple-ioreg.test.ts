import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseIoreg } from '../../../src/gpu/sources/apple-ioreg.js';

const fixture = (name: string) => readFile(new URL(`../../fixtures/ioreg/${name}`, import.meta.url), 'utf8');

it('reads recorded output of 2022', async () => {
  expect(parseIoreg(await fixture('m1-pro-macos-12.6.txt'))).toEqual([
    { name: undefined, gpuPercent: 2, memoryUsedBytes: 340983808 },
  ]);
});

it('reads recorded output of an M4, whose driver has memory of its own', async () => {
  expect(parseIoreg(await fixture('m4.txt'))).toEqual([
    { name: 'Apple M4', gpuPercent: 30, memoryUsedBytes: 356089856 },
  ]);
});

it('reads accelerators separately, and skips those without statistics', async () => {
  const m4 = await fixture('m4.txt');
  const bridge = '+-o IOAcceleratorBridge  <class IOAcceleratorBridge>\n    {\n    }\n';
  expect(parseIoreg(bridge + m4 + m4.replace('Apple M4', 'Another'))).toMatchObject([
    { name: 'Apple M4' },
    { name: 'Another' },
  ]);
});

it('drops implausible values', async () => {
  const m4 = await fixture('m4.txt');
  const odd = m4
    .replace('"Device Utilization %"=30', '"Device Utilization %"=101')
    .replace('"In use system memory"=356089856', '"In use system memory"=18446744071562067968');
  expect(parseIoreg(odd)).toEqual([{ name: 'Apple M4', gpuPercent: undefined, memoryUsedBytes: undefined }]);
  expect(parseIoreg(m4.replace('Apple M4', 'x'.repeat(1e6)))[0]?.name).toHaveLength(128);
});

it.each([
  '',
  'ioreg: error',
  '"PerformanceStatistics" = {"Device Utilization %"=30}',
  '+-o '.repeat(100_000),
])('is not misled', (output) => {
  expect(parseIoreg(output)).toEqual([]);
});
