import { Deadline } from '../../../common/deadline.js';
import { errorMessage } from '../../../common/error-message.js';
import { singleLine } from '../../../common/single-line.js';
import { hasSucceeded } from '../../../system/exit-status.js';
import { findExecutable } from '../../../system/find-executable.js';
import { runProgram } from '../../../system/run-program.js';
import { type GpuSample, type GpuSource, GpuSourceError, type SourceUnavailable } from '../../source.js';
import { toSourceError } from '../to-source-error.js';
import type { Batch } from './batches.js';
import { OLDER_COLUMN_NAMES, parseNvidiaSmiCsv, QUERY_COLUMNS } from './csv.js';
import { DeviceStream } from './device-stream.js';
import { ProcessList } from './processes.js';
import { NvidiaSmiQuery } from './query.js';
import { REMEDY } from './stream.js';

const NO_DEVICES = /no devices were found/i;
/**
 * Share of the sampling interval that nvidia-smi waits after a batch, which itself takes time. A wait as long as the
 * interval would let batches fall behind, so that more and more samples would have to wait for one.
 */
const LOOP_SHARE = 0.9;
/** Maximum time between batches, ms. Limits the age of readings, and how long nvidia-smi outlives a killed host. */
const MAX_LOOP_MS = 5000;
/** Maximum wait for the next batch, ms. If it is due later, a separate process is faster. */
const MAX_WAIT_MS = 1000;
const CLOSE_MS = 1500;

interface Loop {
  readonly intervalMs: number;
  readonly devices: DeviceStream;
}

/**
 * Reads NVIDIA GPUs through nvidia-smi. With a sampling interval, one looping process reads the devices, and short runs
 * list their processes. Without one, each sample starts a process and has no list of processes.
 */
export class NvidiaSmiSource implements GpuSource {
  readonly name = 'nvidia-smi';
  readonly #executable: string;
  readonly #query = new NvidiaSmiQuery(QUERY_COLUMNS, OLDER_COLUMN_NAMES);
  readonly #processes: ProcessList;
  readonly #stopping = new Set<Promise<unknown>>();
  #intervalMs: number | undefined;
  #loop: Loop | undefined;
  #isSampling = false;

  constructor(executable = 'nvidia-smi') {
    this.#executable = executable;
    this.#processes = new ProcessList(executable);
  }

  setSamplingInterval(intervalMs: number | undefined): void {
    this.#intervalMs = intervalMs;
    // During a sample, the loop is stopped after it.
    if (!this.#isSampling) this.#stopOutdatedLoop();
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    signal.throwIfAborted();
    this.#isSampling = true;
    try {
      return this.#intervalMs === undefined
        ? await this.#sampleOnce(signal)
        : await this.#sampleLoop(this.#openLoop(this.#intervalMs), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (NO_DEVICES.test(errorMessage(error))) return EMPTY_SAMPLE;
      throw error;
    } finally {
      this.#isSampling = false;
      this.#stopOutdatedLoop();
    }
  }

  /** @throws GpuSourceError if nvidia-smi does not end after SIGKILL, as while a driver hangs */
  async close(): Promise<void> {
    this.#intervalMs = undefined;
    this.#stopOutdatedLoop();
    const onTimeout = () => new GpuSourceError('timeout', 'a killed process has not ended');
    await new Deadline(() => Promise.all(this.#stopping), CLOSE_MS, onTimeout).result;
  }

  /** Starts a process for this sample. Retries while the driver rejects columns. */
  async #sampleOnce(signal: AbortSignal): Promise<GpuSample> {
    for (;;) {
      const args = [`--query-gpu=${this.#query.columns.join(',')}`, '--format=csv,nounits'];
      const { status, stdout, stderr } = await runProgram(this.#executable, args, signal);
      signal.throwIfAborted();
      const succeeded = hasSucceeded(status);
      if (!succeeded && this.#query.dropRejectedColumns(stdout + stderr)) continue;

      const sample = parseNvidiaSmiCsv(stdout);
      // A fault is logged once per message, so the message must not contain readings.
      const output = stderr || (sample.readings.length === 0 ? stdout : '');
      const failure = succeeded ? undefined : toSourceError(status, output, REMEDY);
      if (sample.readings.length > 0 && failure !== undefined) {
        // A lost GPU causes a non-zero exit code, although the others are read.
        return { ...sample, faults: [...sample.faults, { reason: failure.code, detail: failure.message }] };
      }
      if (failure !== undefined) throw failure;
      return requireReadings(sample);
    }
  }

  /** Returns the latest batch of the looping process, with the processes that were listed last. */
  async #sampleLoop(devices: DeviceStream, signal: AbortSignal): Promise<GpuSample> {
    const processes = this.#processes;
    processes.refresh();
    const sample = await this.#latestSample(devices, signal).catch(async (error) => {
      // A driver that hangs in one query also hangs in the other.
      if (signal.aborted) await processes.stop();
      throw error;
    });
    const readings = sample.readings.map((reading) => {
      const listed = reading.uuid === undefined ? undefined : processes.processesOf(reading.uuid);
      return listed === undefined ? reading : { ...reading, processes: listed };
    });
    const fault = processes.takeFault();
    return { ...sample, readings, faults: fault === undefined ? sample.faults : [...sample.faults, fault] };
  }

  async #latestSample(devices: DeviceStream, signal: AbortSignal): Promise<GpuSample> {
    const batch = devices.take();
    if (batch !== undefined) return this.#parse(batch);
    if (devices.dueInMs() > MAX_WAIT_MS) return this.#sampleOnce(signal);
    return this.#parse(await devices.next(signal));
  }

  #parse({ lines, rows, at }: Batch): GpuSample {
    // A fault is logged once per message, so each line is in it once: how often a batch repeats it is chance.
    if (rows === 0) throw new GpuSourceError('failed', singleLine([...new Set(lines)].join(' '), 300));
    const sample = parseNvidiaSmiCsv([this.#query.columns.join(','), ...lines].join('\n'));
    return { ...requireReadings(sample), at };
  }

  #openLoop(intervalMs: number): DeviceStream {
    const loopMs = Math.min(Math.round(intervalMs * LOOP_SHARE), MAX_LOOP_MS);
    this.#loop ??= { intervalMs, devices: new DeviceStream(this.#executable, this.#query, loopMs) };
    return this.#loop.devices;
  }

  /** Stops what the current sampling interval does not need. */
  #stopOutdatedLoop(): void {
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

/** Returns why nvidia-smi cannot be used, or `undefined` if it is on `PATH`. */
export async function nvidiaSmiUnavailable(): Promise<SourceUnavailable | undefined> {
  if ((await findExecutable('nvidia-smi')) !== undefined) return undefined;
  return {
    reason: 'nvidia-smi is not on PATH',
    remedy: `${REMEDY}; in a container, set NVIDIA_DRIVER_CAPABILITIES=utility`,
  };
}

const EMPTY_SAMPLE: GpuSample = { readings: [], faults: [] };

/** @throws GpuSourceError if the sample has faults and no readings */
function requireReadings(sample: GpuSample): GpuSample {
  const [fault] = sample.faults;
  if (sample.readings.length === 0 && fault !== undefined) {
    throw new GpuSourceError(fault.reason, fault.detail);
  }
  return sample;
}
