import { afterEach, expect, it, vi } from 'vitest';
import { openSource } from '../../src/gpu/choose-source.js';
import { SourceReader } from '../../src/gpu/source-reader.js';
import { FakeSource, gpu, sampled } from '../helpers/fixtures.js';

vi.mock('../../src/gpu/choose-source.js', () => ({ openSource: vi.fn() }));
afterEach(() => vi.mocked(openSource).mockReset());

const source = () => new FakeSource(() => sampled(gpu(0)));

/** A source that is opened when the test says so, as slowly as a driver wakes up. */
function slowToOpen() {
  let open = (_source: FakeSource): void => {};
  vi.mocked(openSource).mockReturnValue(
    new Promise((resolve) => {
      open = resolve;
    }),
  );
  return (opened: FakeSource) => open(opened);
}

it('opens a source once, though samples are given up meanwhile', async () => {
  const open = slowToOpen();
  const reader = new SourceReader('auto', 20);
  await expect(reader.read().result).rejects.toMatchObject({ code: 'timeout' });
  const second = reader.read();
  open(source());
  expect((await second.result).readings).toHaveLength(1);
  expect(openSource).toHaveBeenCalledTimes(1);
  await reader.close();
});

it('closes a source that is opened after all', async () => {
  const open = slowToOpen();
  const reader = new SourceReader('auto', 20);
  await expect(reader.read().result).rejects.toMatchObject({ code: 'timeout' });
  const closed = reader.close();
  const late = source();
  open(late);
  await closed;
  expect(late.closed).toBe(1);
});

it('closes a source that it was given, also when it was never read', async () => {
  const given = source();
  await new SourceReader(given, 20).close();
  expect(given.closed).toBe(1);
});
