import { expect, it } from 'vitest';
import { NvidiaSmiQuery } from '../../../../src/gpu/sources/nvidia-smi/query.js';

const rejection = (column: string) => `Field "${column}" is not a valid field to query.\n\n`;
const query = () => new NvidiaSmiQuery(['index', 'new', 'newer'], new Map([['newer', 'older']]));

it('drops a rejected column', () => {
  const pending = query();
  expect(pending.dropRejectedColumns(rejection('new'))).toBe(true);
  expect(pending.columns).toEqual(['index', 'newer']);
});

it('replaces a rejected column by its older name before dropping it', () => {
  const pending = query();
  expect(pending.dropRejectedColumns(rejection('newer'))).toBe(true);
  expect(pending.columns).toEqual(['index', 'new', 'older']);
  expect(pending.dropRejectedColumns(rejection('older') + rejection('new'))).toBe(true);
  expect(pending.columns).toEqual(['index']);
});

it.each(['', 'NVIDIA-SMI has failed', rejection('another'), rejection('')])(
  'does not retry after %j, which rejects none of the columns',
  (output) => {
    const pending = query();
    expect(pending.dropRejectedColumns(output)).toBe(false);
    expect(pending.columns).toEqual(['index', 'new', 'newer']);
  },
);

it('does not retry without any column', () => {
  const pending = query();
  expect(pending.dropRejectedColumns(['index', 'new', 'newer'].map(rejection).join(''))).toBe(true);
  expect(pending.dropRejectedColumns(rejection('older'))).toBe(false);
});

it('drops all times of throttling with one of them, since a driver rejects one at a time', () => {
  const times = ['sw_power_cap', 'sync_boost'].map((name) => `clocks_event_reasons_counters.${name}`);
  const pending = new NvidiaSmiQuery(['index', ...times, 'name'], new Map());
  expect(pending.dropRejectedColumns(rejection(times[0] ?? ''))).toBe(true);
  expect(pending.columns).toEqual(['index', 'name']);
});
