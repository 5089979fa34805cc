import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QUERY } from '../../../../src/gpu/sources/nvidia-smi/csv.js';
import { NvidiaSmiSource } from '../../../../src/gpu/sources/nvidia-smi/nvidia-smi-source.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../../../fakes/nvidia-smi.js';
import { fixture, until } from '../../../helpers/fixtures.js';

let nvidiaSmi: FakeNvidiaSmi;
const sample = (signal = new AbortController().signal) => new NvidiaSmiSource(nvidiaSmi.path).sample(signal);

beforeEach(async () => {
  nvidiaSmi = await fakeNvidiaSmi();
});
afterEach(async () => {
  vi.useRealTimers();
  await nvidiaSmi.remove();
});

it('reads all devices with one process', async () => {
  await nvidiaSmi.printsFixture('titan-x-2016.csv');
  expect((await sample()).readings).toHaveLength(8);
  expect(await nvidiaSmi.starts()).toBe(1);
  expect(await nvidiaSmi.arguments()).toEqual([`--query-gpu=${QUERY.join(',')} --format=csv,nounits`]);
});

it('does not go through a shell: a path is a path', async () => {
  const source = new NvidiaSmiSource(`${nvidiaSmi.path}; touch ${nvidiaSmi.folder}/stdout`);
  await expect(source.sample(new AbortController().signal)).rejects.toMatchObject({ code: 'not_found' });
});

it('that is missing is not_found', async () => {
  await nvidiaSmi.remove();
  await expect(sample()).rejects.toMatchObject({ name: 'GpuSourceError', code: 'not_found' });
});

it('that fails tells the exit code and what it said, capped', async () => {
  await nvidiaSmi.exitsWith(9);
  await nvidiaSmi.printsToStderr(
    `NVIDIA-SMI has failed because it couldn't\ncommunicate ${'x'.repeat(5000)}`,
  );
  const error = await sample().catch((error) => error);
  expect(error).toMatchObject({ code: 'failed' });
  expect(error.message).toMatch(/^exit code 9: NVIDIA-SMI has failed because it couldn't communicate x+…$/);
  expect(error.message.length).toBeLessThan(400);
});

it('that fails and says why on stdout, as drivers do, is quoted too', async () => {
  await nvidiaSmi.exitsWith(18);
  await nvidiaSmi.prints('Failed to initialize NVML: Driver/library version mismatch\n');
  await expect(sample()).rejects.toMatchObject({
    code: 'failed',
    message: 'exit code 18: Failed to initialize NVML: Driver/library version mismatch',
  });
});

it.each(['', '\u0000garbage\n', 'index, power.draw [W]\nx, 1\n'])(
  'that prints %j is unreadable',
  async (text) => {
    await nvidiaSmi.prints(text);
    await expect(sample()).rejects.toMatchObject({ code: 'unreadable' });
  },
);

it('that prints without end is unreadable and killed', async () => {
  await nvidiaSmi.prints('x'.repeat(2_000_000));
  await expect(sample()).rejects.toMatchObject({ code: 'unreadable' });
  expect(await nvidiaSmi.running()).toBe(0);
});

it.each([0, 6])('that finds no devices, with exit code %i, is a sample without devices', async (code) => {
  await nvidiaSmi.exitsWith(code);
  await nvidiaSmi.prints('No devices were found\n');
  expect(await sample()).toEqual({ readings: [], faults: [] });
});

it('a lost GPU does not hide the others, whatever the exit code', async () => {
  await nvidiaSmi.exitsWith(15);
  await nvidiaSmi.printsFixture('written-one-h100-550.csv');
  await nvidiaSmi.printsToStderr('Unable to determine the device handle for GPU 0000:3D:00.0: GPU is lost.');
  const { readings, faults } = await sample();
  expect(readings).toMatchObject([{ device: 'cuda:0' }]);
  expect(faults).toMatchObject([{ reason: 'failed', detail: expect.stringContaining('GPU is lost') }]);
});

it('an exit code without words is told without the readings, which change', async () => {
  await nvidiaSmi.exitsWith(15);
  await nvidiaSmi.printsFixture('written-one-h100-550.csv');
  expect((await sample()).faults).toEqual([{ reason: 'failed', detail: 'exit code 15' }]);
});

it('that hangs is killed when the signal is aborted, with the reason of the signal', async () => {
  await nvidiaSmi.hangs();
  const controller = new AbortController();
  const answer = sample(controller.signal).catch((error) => error);
  await until(async () => (await nvidiaSmi.running()) === 1);
  const reason = new Error('time is over');
  controller.abort(reason);
  expect(await answer).toBe(reason);
  expect(await nvidiaSmi.running()).toBe(0);
});

it('starts nothing for a signal that is aborted already', async () => {
  await expect(sample(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  expect(await nvidiaSmi.starts()).toBe(0);
});

it('does not keep the process alive while it hangs', async () => {
  await nvidiaSmi.hangs();
  const before = process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name));
  const controller = new AbortController();
  const answer = sample(controller.signal).catch(() => {});
  await until(async () => (await nvidiaSmi.running()) === 1);
  expect(process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name))).toEqual(before);
  controller.abort();
  await answer;
});

it('a driver that does not know some columns is asked without them, and not asked for them again', async () => {
  await nvidiaSmi.printsFixture('rtx-2080-super-465.27.csv');
  await nvidiaSmi.rejectsColumns('memory.reserved', 'utilization.encoder', 'clocks_event_reasons.active');
  const source = new NvidiaSmiSource(nvidiaSmi.path);
  const signal = new AbortController().signal;
  const first = await source.sample(signal);
  expect(first).toMatchObject({ readings: [{ memoryUsedMib: 344, throttleReasons: [] }], faults: [] });
  expect(await nvidiaSmi.starts()).toBe(4);
  expect(await source.sample(signal)).toEqual(first);
  expect(await nvidiaSmi.starts()).toBe(5);
});

it('a driver that knows no column at all is a failure', async () => {
  await nvidiaSmi.rejectsColumns(...QUERY, 'clocks_throttle_reasons.active');
  await expect(sample()).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('Field') });
});

describe('while samples come in an interval', () => {
  let source: NvidiaSmiSource;
  const INTERVAL_MS = 200;
  const next = (limitMs = 15_000) => source.sample(AbortSignal.timeout(limitMs));

  beforeEach(() => {
    source = new NvidiaSmiSource(nvidiaSmi.path);
    source.setSamplingInterval(INTERVAL_MS);
  });
  afterEach(async () => {
    await source.close();
    expect(await nvidiaSmi.running()).toBe(0);
  });

  it('one process for all samples, each with the time of its round', async () => {
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { readings, faults, at = Number.NaN } = await next();
      expect(readings).toMatchObject([{ device: 'cuda:0', watts: 512.34 }, { device: 'cuda:1' }]);
      expect(faults).toEqual([]);
      expect(Math.abs(performance.now() - at)).toBeLessThan(5000);
      times.push(at);
    }
    expect([...times].sort((one, other) => one - other)).toEqual(times);
    expect(new Set(times).size).toBe(4);
    expect(await nvidiaSmi.starts()).toBe(1);
    expect((await nvidiaSmi.arguments()).find((line) => line.includes('query-gpu'))).toBe(
      `--query-gpu=${QUERY.join(',')} --format=csv,noheader,nounits --loop-ms=180`,
    );
  });

  it('of several rounds the newest is handed out', async () => {
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    await next();
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await setTimeout(1500);
    const before = performance.now();
    const { readings, at = 0 } = await next();
    expect(readings).toHaveLength(1);
    expect(at).toBeLessThan(before);
  });

  it('names the processes on each device', async () => {
    await nvidiaSmi.printsFixture('h100-590.48.01.csv');
    await nvidiaSmi.printsProcesses(await fixture('h100-590.48.01-processes.csv'));
    await until(async () => (await next()).readings[0]?.processes !== undefined);
    const { readings } = await next();
    expect(readings[0]?.processes).toHaveLength(3);
    expect(await nvidiaSmi.starts('query-compute-apps')).toBe(1);
    // Who names them has ended: it would print nothing that a closed pipe could end it for.
    expect(await nvidiaSmi.running()).toBe(1);
  });

  it('reads devices all the same when the processes cannot be read, which is told once', async () => {
    await nvidiaSmi.printsFixture('h100-590.48.01.csv');
    await nvidiaSmi.failsForProcesses(4);
    await until(async () => (await next()).faults.length > 0);
    const { readings, faults } = await next();
    expect(readings).toMatchObject([{ watts: 631.95 }]);
    expect(faults).toEqual([]);
  });

  it('lines that come in pieces are one line', async () => {
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    await nvidiaSmi.printsInPieces();
    expect(await next()).toMatchObject({ readings: [{ watts: 512.34 }, { index: 1 }], faults: [] });
  });

  it('columns that the driver refuses are left out at once', async () => {
    await nvidiaSmi.printsFixture('rtx-2080-super-465.27.csv');
    await nvidiaSmi.rejectsColumns('memory.reserved', 'clocks_event_reasons.active');
    expect(await next()).toMatchObject({ readings: [{ fanPercent: 38, throttleReasons: [] }], faults: [] });
    await next();
    expect(await nvidiaSmi.starts()).toBe(3);
  });

  it('no devices is a sample without devices', async () => {
    await nvidiaSmi.exitsWith(6);
    await nvidiaSmi.prints('No devices were found\n');
    expect(await next()).toEqual({ readings: [], faults: [] });
    expect(await next()).toEqual({ readings: [], faults: [] });
    expect(await nvidiaSmi.starts()).toBe(1);
  });

  it('a process that dies fails the samples with its words, until it is started again after a pause', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    await nvidiaSmi.exitsWith(9);
    await nvidiaSmi.printsToStderr(
      'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.',
    );
    const failure = { code: 'failed', message: expect.stringMatching(/^exit code 9: NVIDIA-SMI has failed/) };
    const pauses = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
    for (const [ends, pauseMs] of pauses.entries()) {
      await expect(next()).rejects.toMatchObject(failure);
      vi.advanceTimersByTime(pauseMs - 1);
      await expect(next()).rejects.toMatchObject(failure);
      expect(await nvidiaSmi.starts()).toBe(ends + 1);
      vi.advanceTimersByTime(1);
    }
    await nvidiaSmi.recovers();
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    expect((await next()).readings).toHaveLength(1);

    await nvidiaSmi.printsTable('');
    await nvidiaSmi.exitsWith(9);
    await until(() =>
      next().then(
        () => false,
        () => true,
      ),
    );
    const starts = await nvidiaSmi.starts();
    vi.advanceTimersByTime(1000);
    await expect(next()).rejects.toMatchObject({ message: 'exit code 9' });
    expect(await nvidiaSmi.starts()).toBe(starts + 1);
  });

  it('a process that is killed under a waiting sample fails it', async () => {
    const waiting = next().catch((error) => error);
    await until(async () => (await nvidiaSmi.starts()) === 1);
    await nvidiaSmi.kill();
    expect(await waiting).toMatchObject({ code: 'failed', message: 'ended by SIGKILL' });
  });

  it('a driver that hangs is given up when the signal is aborted, and every process is killed', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    await nvidiaSmi.hangs();
    // A round may have been under way.
    const error = await until(() =>
      next(400).then(
        () => undefined,
        (error) => error,
      ),
    );
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(await nvidiaSmi.running()).toBe(0);
    await expect(next()).rejects.toMatchObject({ code: 'timeout' });
  });

  it('a round is not handed out once the next one is late', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    await setTimeout(500);
    await nvidiaSmi.hangs();
    // A round may have been under way.
    await setTimeout(1500);
    vi.advanceTimersByTime(2181);
    await expect(next(400)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('rounds of words alone fail the samples with them', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    await nvidiaSmi.printsTable('');
    const words = 'Unable to determine the device handle for GPU0000:1B:00.0: Unknown Error';
    await nvidiaSmi.prints(`${words}\n`);
    const failed = () =>
      next().then(
        () => undefined,
        (error) => error,
      );
    const error = await until(failed);
    expect(error).toMatchObject({ code: 'failed', message: words });
    expect(await failed()).toMatchObject({ code: 'failed', message: words });
    expect(await nvidiaSmi.starts()).toBe(1);

    await nvidiaSmi.prints('');
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await until(async () => (await failed()) === undefined);
  });

  it('words right after a round do not fail the next one', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await nvidiaSmi.prints('WARNING: infoROM is corrupted at gpu 0000:1B:00.0\n');
    source.setSamplingInterval(3000);
    await next();
    await setTimeout(1800);
    expect(await next()).toMatchObject({ readings: [{ device: 'cuda:0' }], faults: [] });
    expect(await nvidiaSmi.starts()).toBe(1);
  });

  it('rounds come every five seconds at least', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    source.setSamplingInterval(60_000);
    await next();
    expect((await nvidiaSmi.arguments()).find((line) => line.includes('query-gpu'))).toContain(
      '--loop-ms=5000',
    );
  });

  it('a round that is far off is not waited for', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    source.setSamplingInterval(60_000);
    const first = await next();
    const second = await next();
    expect(second.readings).toMatchObject(first.readings);
    expect(second.at).toBeUndefined();
    expect(await nvidiaSmi.starts()).toBe(2);
  });

  it('a new interval takes new processes; none ends them', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    source.setSamplingInterval(400);
    await until(async () => (await nvidiaSmi.running()) === 0);
    await next();
    expect((await nvidiaSmi.arguments()).at(-1)).toContain('--loop-ms=360');
    expect(await nvidiaSmi.starts('query-compute-apps')).toBe(1);
    source.setSamplingInterval(undefined);
    await until(async () => (await nvidiaSmi.running()) === 0);
    expect((await next()).readings).toHaveLength(1);
    expect(await nvidiaSmi.running()).toBe(0);
  });

  it('a sample that waits is finished first', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    const waiting = next();
    await until(async () => (await nvidiaSmi.starts()) === 1);
    source.setSamplingInterval(undefined);
    expect((await waiting).readings).toHaveLength(1);
    await until(async () => (await nvidiaSmi.running()) === 0);
  });

  it('close ends what a sample waits for', async () => {
    await nvidiaSmi.hangs();
    const waiting = next().catch((error) => error);
    await until(async () => (await nvidiaSmi.running()) === 2);
    await source.close();
    expect(await nvidiaSmi.running()).toBe(0);
    expect(await waiting).toMatchObject({ code: 'failed' });
  });

  it('does not keep this process alive', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name));
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    expect(process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name))).toEqual(before);
  });
});
