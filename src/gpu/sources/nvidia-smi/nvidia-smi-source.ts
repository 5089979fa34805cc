import { Deadline } from '../../../common/deadline.js';
import { singleLine } from '../../../common/single-line.js';
import { hasSucceeded } from '../../../system/exit-status.js';
import { findExecutable } from '../../../system/find-executable.js';
import { runProgram } from '../../../system/run-program.js';
import {
  type GpuSample,
  type GpuSource,
  GpuSourceError,
  isGpuSourceError,
  type SourceUnavailable,
} from '../../source.js';
import { toSourceError } from '../to-source-error.js';
import type { Batch } from './batches.js';
import { OLDER_NAMES, parseNvidiaSmiCsv, QUERY } from './csv.js';
import { DeviceStream } from './device-stream.js';
import { ProcessList } from './processes.js';
import { NvidiaSmiQuery } from './query.js';
import { ADVICE } from './stream.js';

const NO_DEVICES = /no devices were found/i;
/**
 * nvidia-smi waits that long after a round, so that its rounds, which take time, come a little less often. A shorter
 * wait keeps them ahead of the samples: without it, samples would more and more have to wait for a round.
 */
const LOOP_SHARE = 0.9;
/** However long the interval, ms: no sample is to tell what is older, and a host's end is noticed no later. */
const LONGEST_LOOP_MS = 5000;
/** A round that is this far off is not waited for, ms: a process of its own answers sooner. */
const PATIENCE_MS = 1000;
const CLOSE_MS = 1500;

interface Loop {
  readonly intervalMs: number;
  readonly devices: DeviceStream;
}

/**
 * Reads NVIDIA GPUs through the driver's own tool. While samples are taken in an interval, one process of it runs on for
 * the devices, and another is started now and then for the processes on them. Otherwise each sample is a process, and
 * says nothing of the processes on the devices.
 */
export class NvidiaSmiSource implements GpuSource {
  readonly name = 'nvidia-smi';
  readonly #executable: string;
  readonly #query = new NvidiaSmiQuery(QUERY, OLDER_NAMES);
  readonly #processes: ProcessList;
  readonly #stopping = new Set<Promise<unknown>>();
  #intervalMs: number | undefined;
  #loop: Loop | undefined;
  #sampling = false;

  constructor(executable = 'nvidia-smi') {
    this.#executable = executable;
    this.#processes = new ProcessList(executable);
  }

  setSamplingInterval(intervalMs: number | undefined): void {
    this.#intervalMs = intervalMs;
    // A sample that waits for a round gets it first.
    if (!this.#sampling) this.#stopUnlessPaced();
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    signal.throwIfAborted();
    this.#sampling = true;
    try {
      return this.#intervalMs === undefined
        ? await this.#ask(signal)
        : await this.#listen(this.#openLoop(this.#intervalMs), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isGpuSourceError(error) && NO_DEVICES.test(error.message)) return NOTHING;
      throw error;
    } finally {
      this.#sampling = false;
      this.#stopUnlessPaced();
    }
  }

  /** @throws GpuSourceError when nvidia-smi lives on after it was killed, as it does while a driver hangs */
  async close(): Promise<void> {
    this.#intervalMs = undefined;
    this.#stopUnlessPaced();
    const late = () => new GpuSourceError('timeout', 'a process was killed and lives on');
    await new Deadline(() => Promise.all(this.#stopping), CLOSE_MS, late).result;
  }

  /** One process, one sample. Asks again while the driver refuses a column. */
  async #ask(signal: AbortSignal): Promise<GpuSample> {
    for (;;) {
      const args = [`--query-gpu=${this.#query.columns.join(',')}`, '--format=csv,nounits'];
      const { status: end, stdout, stderr } = await runProgram(this.#executable, args, signal);
      signal.throwIfAborted();
      const succeeded = hasSucceeded(end);
      if (!succeeded && this.#query.dropRejectedColumns(stdout + stderr)) continue;

      const sample = parseNvidiaSmiCsv(stdout);
      // A failure is told once per wording, so there must be no readings in it.
      const words = stderr || (sample.readings.length === 0 ? stdout : '');
      const failure = succeeded ? undefined : toSourceError(end, words, ADVICE);
      if (sample.readings.length > 0 && failure !== undefined) {
        // A lost GPU makes for an exit code; the others are read all the same.
        return { ...sample, faults: [...sample.faults, { reason: failure.reason, detail: failure.message }] };
      }
      if (failure !== undefined) throw failure;
      return withReadings(sample);
    }
  }

  /** The newest round of the process that runs on, with the processes that were listed last. */
  async #listen(devices: DeviceStream, signal: AbortSignal): Promise<GpuSample> {
    const processes = this.#processes;
    processes.refresh();
    const sample = await this.#newest(devices, signal).catch(async (error) => {
      // A driver that hangs for one question does so for the other too.
      if (signal.aborted) await processes.stop();
      throw error;
    });
    const readings = sample.readings.map((reading) => {
      const held = reading.uuid === undefined ? undefined : processes.processesOf(reading.uuid);
      return held === undefined ? reading : { ...reading, processes: held };
    });
    const fault = processes.takeFault();
    return { ...sample, readings, faults: fault === undefined ? sample.faults : [...sample.faults, fault] };
  }

  async #newest(devices: DeviceStream, signal: AbortSignal): Promise<GpuSample> {
    const block = devices.take();
    if (block !== undefined) return this.#read(block);
    if (devices.dueInMs() > PATIENCE_MS) return this.#ask(signal);
    return this.#read(await devices.next(signal));
  }

  #read({ lines, rows, at }: Batch): GpuSample {
    // Told once per wording, so each line once: how many rounds are in it is chance.
    if (rows === 0) throw new GpuSourceError('failed', singleLine([...new Set(lines)].join(' '), 300));
    return { ...withReadings(parseNvidiaSmiCsv([this.#query.columns.join(','), ...lines].join('\n'))), at };
  }

  #openLoop(intervalMs: number): DeviceStream {
    const loopMs = Math.min(Math.round(intervalMs * LOOP_SHARE), LONGEST_LOOP_MS);
    this.#loop ??= { intervalMs, devices: new DeviceStream(this.#executable, this.#query, loopMs) };
    return this.#loop.devices;
  }

  #stopUnlessPaced(): void {
    if (this.#intervalMs === undefined) this.#awaitOnClose(this.#processes.stop());
    const loop = this.#loop;
    if (loop === undefined || loop.intervalMs === this.#intervalMs) return;
    this.#loop = undefined;
    this.#awaitOnClose(loop.devices.stop());
  }

  #awaitOnClose(stopped: Promise<void>): void {
    this.#stopping.add(stopped);
    void stopped.then(() => this.#stopping.delete(stopped));
  }
}

/** `undefined` where the tool is on `PATH`. */
export async function nvidiaSmiUnavailable(): Promise<SourceUnavailable | undefined> {
  if ((await findExecutable('nvidia-smi')) !== undefined) return undefined;
  return {
    reason: 'nvidia-smi is not on PATH',
    remedy: 'it comes with the NVIDIA driver; containers get it with NVIDIA_DRIVER_CAPABILITIES=utility',
  };
}

const NOTHING: GpuSample = { readings: [], faults: [] };

/** @throws GpuSourceError for a sample in which nothing could be read */
function withReadings(sample: GpuSample): GpuSample {
  const [fault] = sample.faults;
  if (sample.readings.length === 0 && fault !== undefined) {
    throw new GpuSourceError(fault.reason, fault.detail);
  }
  return sample;
}
