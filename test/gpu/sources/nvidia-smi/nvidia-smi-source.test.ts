import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BatchAssembler } from '../../../../src/gpu/sources/nvidia-smi/batches.js';
import { OLDER_COLUMN_NAMES, QUERY_COLUMNS } from '../../../../src/gpu/sources/nvidia-smi/columns.js';
import { NvidiaSmiSource } from '../../../../src/gpu/sources/nvidia-smi/nvidia-smi-source.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../../../fakes/nvidia-smi.js';
import { fakeProgram } from '../../../fakes/program.js';
import { fixture, until } from '../../../helpers/fixtures.js';

let nvidiaSmi: FakeNvidiaSmi;
const fakeProgramPath = async (script: string) => join(await fakeProgram('nvidia-smi', script), 'nvidia-smi');
const sample = (signal = new AbortController().signal) => new NvidiaSmiSource(nvidiaSmi.path).sample(signal);

beforeEach(async () => {
  nvidiaSmi = await fakeNvidiaSmi();
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await nvidiaSmi.remove();
});

it('reads all devices with one process', async () => {
  await nvidiaSmi.printsFixture('titan-x-2016.csv');
  expect((await sample()).readings).toHaveLength(8);
  expect(await nvidiaSmi.starts()).toBe(1);
  expect(await nvidiaSmi.arguments()).toEqual([
    `--query-gpu=${QUERY_COLUMNS.join(',')} --format=csv,nounits`,
  ]);
});

it('does not start a shell', async () => {
  const source = new NvidiaSmiSource(`${nvidiaSmi.path}; touch ${nvidiaSmi.folder}/stdout`);
  await expect(source.sample(new AbortController().signal)).rejects.toMatchObject({ reason: 'not_found' });
});

it('fails with not_found if nvidia-smi is missing', async () => {
  await nvidiaSmi.remove();
  await expect(sample()).rejects.toMatchObject({ name: 'GpuSourceError', reason: 'not_found' });
});

it('fails with the exit code and the truncated stderr', async () => {
  await nvidiaSmi.exitsWith(9);
  await nvidiaSmi.printsToStderr(
    `NVIDIA-SMI has failed because it couldn't\ncommunicate ${'x'.repeat(5000)}`,
  );
  const error = await sample().catch((error) => error);
  expect(error).toMatchObject({ reason: 'failed' });
  expect(error.message).toMatch(/^exit code 9: NVIDIA-SMI has failed because it couldn't communicate x+…$/);
  expect(error.message.length).toBeLessThan(400);
});

it('fails with the stdout if stderr is empty, as drivers print errors there', async () => {
  await nvidiaSmi.exitsWith(18);
  await nvidiaSmi.prints('Failed to initialize NVML: Driver/library version mismatch\n');
  await expect(sample()).rejects.toMatchObject({
    reason: 'failed',
    message: 'exit code 18: Failed to initialize NVML: Driver/library version mismatch',
  });
});

it.each(['', '\u0000garbage\n', 'index, power.draw [W]\nx, 1\n'])(
  'fails with unreadable if the output is %j',
  async (text) => {
    await nvidiaSmi.prints(text);
    await expect(sample()).rejects.toMatchObject({ reason: 'unreadable' });
  },
);

it('kills a process that prints too much and fails with unreadable', async () => {
  await nvidiaSmi.prints('x'.repeat(2_000_000));
  await expect(sample()).rejects.toMatchObject({ reason: 'unreadable' });
  expect(await nvidiaSmi.running()).toBe(0);
});

const HANDLE = 'Unable to determine the device handle for GPU0000:1B:00.0: Unknown Error\n';
it.each([
  [0, ''],
  [6, ''],
  [0, HANDLE],
  [255, HANDLE],
])(
  'returns no devices and the cause if nvidia-smi finds none, with exit code %i after %j',
  async (code, first) => {
    await nvidiaSmi.exitsWith(code);
    await nvidiaSmi.prints(`${first}No devices were found\n`);
    const { readings, faults } = await sample();
    expect(readings).toEqual([]);
    // A test host has no NVIDIA GPU.
    expect(faults).toEqual([
      {
        reason: 'failed',
        detail: expect.stringMatching(/No devices were found.*; the PCI bus has no NVIDIA GPU/),
      },
    ]);
    if (first) expect(faults[0]?.detail).toContain('Unable to determine the device handle');
  },
);

it('reports a header without rows as a driver without GPUs', async () => {
  await nvidiaSmi.printsTable('index, name');
  const { readings, faults } = await sample();
  expect([readings, faults]).toEqual([
    [],
    [
      {
        reason: 'failed',
        detail: expect.stringMatching(/^No devices were found; the PCI bus has no NVIDIA GPU/),
      },
    ],
  ]);
});

it('reads the other devices if a lost GPU causes an exit code', async () => {
  await nvidiaSmi.exitsWith(15);
  await nvidiaSmi.printsFixture('written-one-h100-550.csv');
  await nvidiaSmi.printsToStderr('Unable to determine the device handle for GPU 0000:3D:00.0: GPU is lost.');
  const { readings, faults } = await sample();
  expect(readings).toMatchObject([{ device: 'cuda:0' }]);
  expect(faults).toMatchObject([{ reason: 'failed', detail: expect.stringContaining('GPU is lost') }]);
});

it('reads all devices if a warning causes an exit code, and reports the warning', async () => {
  await nvidiaSmi.exitsWith(14);
  await nvidiaSmi.printsFixture('titan-x-2016.csv');
  await nvidiaSmi.prints('WARNING: infoROM is corrupted at gpu 0000:1B:00.0\n');
  const { readings, faults, isPartial } = await sample();
  expect([readings.length, isPartial]).toEqual([8, undefined]);
  expect(faults).toEqual([{ reason: 'failed', detail: 'WARNING: infoROM is corrupted at gpu 0000:1B:00.0' }]);
});

it('does not take devices as lost that a successful run has not printed', async () => {
  const { readings, isPartial } = await new NvidiaSmiSource(
    await fakeProgramPath('echo "index, count, uuid, memory.used"; echo "0, 4, GPU-0, 100"'),
  ).sample(new AbortController().signal);
  expect(readings).toHaveLength(1);
  expect(isPartial).toBe(true);
});

it('keeps readings out of the fault for an exit code without a message', async () => {
  await nvidiaSmi.exitsWith(15);
  await nvidiaSmi.printsFixture('written-one-h100-550.csv');
  expect((await sample()).faults).toEqual([{ reason: 'failed', detail: 'exit code 15' }]);
});

it('kills a hanging process when the signal is aborted and rejects with the reason', async () => {
  await nvidiaSmi.hangs();
  const controller = new AbortController();
  const sampled = sample(controller.signal).catch((error) => error);
  await until(async () => (await nvidiaSmi.running()) === 1);
  const reason = new Error('time limit');
  controller.abort(reason);
  expect(await sampled).toBe(reason);
  expect(await nvidiaSmi.running()).toBe(0);
});

it('starts no process for an aborted signal', async () => {
  await expect(sample(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  expect(await nvidiaSmi.starts()).toBe(0);
});

it('does not keep the host process alive while nvidia-smi hangs', async () => {
  await nvidiaSmi.hangs();
  const before = process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name));
  const controller = new AbortController();
  const sampled = sample(controller.signal).catch(() => {});
  await until(async () => (await nvidiaSmi.running()) === 1);
  expect(process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name))).toEqual(before);
  controller.abort();
  await sampled;
});

it('retries without the columns that a driver rejects, and does not query them again', async () => {
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

it('fails if the driver rejects every column', async () => {
  await nvidiaSmi.rejectsColumns(...QUERY_COLUMNS, ...OLDER_COLUMN_NAMES.values());
  await expect(sample()).rejects.toMatchObject({
    reason: 'failed',
    message: expect.stringContaining('Field'),
  });
});

describe('with a sampling interval', () => {
  let source: NvidiaSmiSource;
  const INTERVAL_MS = 200;
  const COLUMNS = ['index', 'count', 'uuid', 'memory.used'];
  const next = (limitMs = 15_000) => source.sample(AbortSignal.timeout(limitMs));
  /** Waits until the source has received as many batches that began after the call. */
  const received = async (count: number) => {
    const before = await nvidiaSmi.batches();
    // One may be in progress, and the last one may not be read yet.
    await until(async () => (await nvidiaSmi.batches()) >= before + 1 + count + 1);
  };

  beforeEach(() => {
    source = new NvidiaSmiSource(nvidiaSmi.path);
    source.setSamplingInterval(INTERVAL_MS);
  });
  afterEach(async () => {
    await source.close();
    expect(await nvidiaSmi.running()).toBe(0);
  });

  it('uses one process for all samples, each with the time of its batch', async () => {
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
      `--query-gpu=${QUERY_COLUMNS.join(',')} --format=csv,noheader,nounits --loop-ms=180`,
    );
  });

  it('returns the latest of several batches', async () => {
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    await next();
    await received(1);
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await received(1);
    const before = performance.now();
    const { readings, at = 0 } = await next();
    expect(readings).toHaveLength(1);
    expect(at).toBeLessThan(before);
  });

  it('lists the processes of each device', async () => {
    await nvidiaSmi.printsFixture('h100-590.48.01.csv');
    await nvidiaSmi.printsProcesses(await fixture('h100-590.48.01-processes.csv'));
    await until(async () => (await next()).readings[0]?.processes !== undefined);
    const { readings } = await next();
    expect(readings[0]?.processes).toHaveLength(3);
    expect(await nvidiaSmi.starts('query-compute-apps')).toBe(1);
    // The run that lists them has exited.
    expect(await nvidiaSmi.running()).toBe(1);
  });

  it('reads devices if their processes cannot be listed, and reports that once', async () => {
    await nvidiaSmi.printsFixture('h100-590.48.01.csv');
    await nvidiaSmi.failsForProcesses(4);
    await until(async () => (await next()).faults.length > 0);
    const { readings, faults } = await next();
    expect(readings).toMatchObject([{ watts: 631.95 }]);
    expect(faults).toEqual([]);
  });

  it('joins lines that arrive in pieces', async () => {
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    await nvidiaSmi.printsInPieces();
    expect(await next()).toMatchObject({ readings: [{ watts: 512.34 }, { index: 1 }], faults: [] });
  });

  it('restarts at once without the columns that the driver rejects', async () => {
    await nvidiaSmi.printsFixture('rtx-2080-super-465.27.csv');
    await nvidiaSmi.rejectsColumns('memory.reserved', 'clocks_event_reasons.active');
    expect(await next()).toMatchObject({ readings: [{ fanPercent: 38, throttleReasons: [] }], faults: [] });
    await next();
    expect(await nvidiaSmi.starts()).toBe(3);
  });

  it('returns no devices if nvidia-smi finds none', async () => {
    await nvidiaSmi.exitsWith(6);
    await nvidiaSmi.prints('No devices were found\n');
    const none = {
      readings: [],
      faults: [{ reason: 'failed', detail: expect.stringContaining('No devices') }],
    };
    expect(await next()).toEqual(none);
    expect(await next()).toEqual(none);
    expect(await nvidiaSmi.starts()).toBe(1);
  });

  it('fails samples with the error output of an exited process, and restarts it after a growing pause', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    await nvidiaSmi.exitsWith(9);
    await nvidiaSmi.printsToStderr(
      'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.',
    );
    const failure = {
      reason: 'failed',
      message: expect.stringMatching(/^exit code 9: NVIDIA-SMI has failed/),
    };
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

  it('fails a waiting sample if the process is killed', async () => {
    const waiting = next().catch((error) => error);
    await until(async () => (await nvidiaSmi.starts()) === 1);
    await nvidiaSmi.kill();
    expect(await waiting).toMatchObject({ reason: 'failed', message: 'ended by SIGKILL' });
  });

  it('kills every process when the signal is aborted while the driver hangs', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    await nvidiaSmi.hangs();
    await until(nvidiaSmi.isHanging);
    // The first sample may return a batch from before.
    const error = await until(() =>
      next(100).then(
        () => undefined,
        (error) => error,
      ),
    );
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(await nvidiaSmi.running()).toBe(0);
    await expect(next()).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('waits for a slow first answer, while samples fail', async () => {
    const folder = await fakeProgram(
      'nvidia-smi',
      'echo $$ >> "$0.starts"; sleep 0.8; while :; do echo "0, 1, GPU-0, 5"; sleep 0.1; done',
    );
    const slow = new NvidiaSmiSource(join(folder, 'nvidia-smi'), { columns: COLUMNS });
    slow.setSamplingInterval(INTERVAL_MS);
    onTestFinished(() => slow.close());
    await expect(slow.sample(AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'TimeoutError' });
    const { readings } = await until(() => slow.sample(AbortSignal.timeout(200)).catch(() => undefined));
    expect(readings).toMatchObject([{ uuid: 'GPU-0' }]);
    const starts = (await readFile(join(folder, 'nvidia-smi.starts'), 'utf8')).trim().split('\n');
    // The other one lists the processes.
    expect(starts).toHaveLength(2);
  });

  it('reads devices whose rows are far apart, and takes none as lost', async () => {
    const folder = await fakeProgram(
      'nvidia-smi',
      'while :; do for i in 0 1 2; do sleep 0.3; echo "$i, 3, GPU-$i, 5"; done; done',
    );
    const slow = new NvidiaSmiSource(join(folder, 'nvidia-smi'), { columns: COLUMNS });
    slow.setSamplingInterval(INTERVAL_MS);
    onTestFinished(() => slow.close());
    for (let i = 0; i < 3; i++) {
      const { readings } = await until(() => slow.sample(AbortSignal.timeout(400)).catch(() => undefined));
      expect(readings).toHaveLength(3);
    }
  });

  it('takes a device as lost that the driver names as lost, and not one whose row is missing', async () => {
    const rows = (message: string) =>
      fakeProgramPath(`while :; do echo "0, 3, GPU-0, 5"; ${message} echo "2, 3, GPU-2, 5"; sleep 0.1; done`);
    for (const [message, isPartial] of [
      ['', true],
      ['echo "Unable to determine the device handle for GPU 0000:3D:00.0: GPU is lost.";', undefined],
    ] as const) {
      const short = new NvidiaSmiSource(await rows(message), { columns: COLUMNS });
      short.setSamplingInterval(INTERVAL_MS);
      onTestFinished(() => short.close());
      const sample = await short.sample(AbortSignal.timeout(15_000));
      expect([sample.readings.length, sample.isPartial]).toEqual([2, isPartial]);
      expect(sample.faults).toHaveLength(1);
    }
  });

  it('does not return a batch once the next one is overdue', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    await received(1);
    await nvidiaSmi.hangs();
    await until(nvidiaSmi.isHanging);
    vi.advanceTimersByTime(2181);
    await expect(next(100)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('fails samples with the message of batches without rows', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    await nvidiaSmi.printsTable('');
    const message = 'Unable to determine the device handle for GPU0000:1B:00.0: Unknown Error';
    await nvidiaSmi.prints(`${message}\n`);
    const failed = () =>
      next().then(
        () => undefined,
        (error) => error,
      );
    const error = await until(failed);
    expect(error).toMatchObject({ reason: 'failed', message });
    expect(await failed()).toMatchObject({ reason: 'failed', message });
    expect(await nvidiaSmi.starts()).toBe(1);

    await nvidiaSmi.prints('');
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await until(async () => (await failed()) === undefined);
  });

  it('reports a message right after a batch, and no batch without rows', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const push = vi.spyOn(BatchAssembler.prototype, 'push');
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await nvidiaSmi.prints('WARNING: infoROM is corrupted at gpu 0000:1B:00.0\n');
    await next();
    await until(() => push.mock.calls.some(([line]) => line.startsWith('WARNING')));
    // The message becomes a batch of its own after a second without a line.
    vi.advanceTimersByTime(1000);
    const detail = 'WARNING: infoROM is corrupted at gpu 0000:1B:00.0';
    const { readings, faults } = await until(async () => {
      const sample = await next();
      return sample.faults.length > 0 && sample;
    });
    expect(readings).toMatchObject([{ device: 'cuda:0' }]);
    expect(faults).toEqual([{ reason: 'failed', detail }]);
    expect(await nvidiaSmi.starts()).toBe(1);
  });

  it('reads a batch every five seconds at least', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    source.setSamplingInterval(60_000);
    await next();
    expect((await nvidiaSmi.arguments()).find((line) => line.includes('query-gpu'))).toContain(
      '--loop-ms=5000',
    );
  });

  it('starts a separate process if the next batch is not due soon', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    source.setSamplingInterval(60_000);
    const first = await next();
    const second = await next();
    expect(second.readings).toMatchObject(first.readings);
    expect(second.at).toBeUndefined();
    expect(await nvidiaSmi.starts()).toBe(2);
  });

  it('replaces the process when the interval changes, and kills it when the interval is removed', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    source.setSamplingInterval(400);
    await until(async () => (await nvidiaSmi.running()) === 0);
    await next();
    expect((await nvidiaSmi.arguments()).at(-1)).toContain('--loop-ms=360');
    // The process may not have begun to run yet.
    await until(async () => (await nvidiaSmi.starts('query-compute-apps')) > 0);
    expect(await nvidiaSmi.starts('query-compute-apps')).toBe(1);
    source.setSamplingInterval(undefined);
    await until(async () => (await nvidiaSmi.running()) === 0);
    expect((await next()).readings).toHaveLength(1);
    expect(await nvidiaSmi.running()).toBe(0);
  });

  it('finishes a waiting sample before the process is killed', async () => {
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    const waiting = next();
    await until(async () => (await nvidiaSmi.starts()) === 1);
    source.setSamplingInterval(undefined);
    expect((await waiting).readings).toHaveLength(1);
    await until(async () => (await nvidiaSmi.running()) === 0);
  });

  it('fails a waiting sample on close and kills the processes', async () => {
    await nvidiaSmi.hangs();
    const waiting = next().catch((error) => error);
    await until(async () => (await nvidiaSmi.running()) === 2);
    await source.close();
    expect(await nvidiaSmi.running()).toBe(0);
    expect(await waiting).toMatchObject({ reason: 'failed' });
  });

  it('does not keep the host process alive', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name));
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    await next();
    expect(process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name))).toEqual(before);
  });
});
