import { expect, it } from 'vitest';
import { NvidiaSmiQuery } from '../../../../src/gpu/sources/nvidia-smi/query.js';

const refusal = (column: string) => `Field "${column}" is not a valid field to query.\n\n`;
const query = () => new NvidiaSmiQuery(['index', 'new', 'newer'], new Map([['newer', 'older']]));

it('goes on without a column that is refused', () => {
  const asked = query();
  expect(asked.dropRejectedColumns(refusal('new'))).toBe(true);
  expect(asked.columns).toEqual(['index', 'newer']);
});

it('takes the older name of a column first, and then goes on without it', () => {
  const asked = query();
  expect(asked.dropRejectedColumns(refusal('newer'))).toBe(true);
  expect(asked.columns).toEqual(['index', 'new', 'older']);
  expect(asked.dropRejectedColumns(refusal('older') + refusal('new'))).toBe(true);
  expect(asked.columns).toEqual(['index']);
});

it.each(['', 'NVIDIA-SMI has failed', refusal('another'), refusal('')])(
  'does not ask again after %j: the answer would be the same',
  (output) => {
    const asked = query();
    expect(asked.dropRejectedColumns(output)).toBe(false);
    expect(asked.columns).toEqual(['index', 'new', 'newer']);
  },
);

it('does not ask for nothing', () => {
  const asked = query();
  expect(asked.dropRejectedColumns(['index', 'new', 'newer'].map(refusal).join(''))).toBe(true);
  expect(asked.dropRejectedColumns(refusal('older'))).toBe(false);
});
