import { Deadline } from '../../../common/deadline.js';
import { errorMessage } from '../../../common/error-message.js';
import { singleLine } from '../../../common/single-line.js';
import { hasSucceeded } from '../../../system/exit-status.js';
import { runProgram } from '../../../system/run-program.js';
import { type GpuSample, type GpuSource, GpuSourceError, type SourceUnavailable } from '../../source.js';
import { explainMissingGpu } from '../no-nvidia-gpu.js';
import { toSourceError } from '../to-source-error.js';
import type { Batch } from './batches.js';
import { COUNT_COLUMN, OLDER_COLUMN_NAMES, QUERY_COLUMNS } from './columns.js';
import { type NvidiaSmiSample, parseTable } from './csv.js';
import { DeviceStream } from './device-stream.js';
import { findNvidiaSmi } from './find-nvidia-smi.js';
import { ProcessList } from './processes.js';
import { NvidiaSmiQuery } from './query.js';
import { REMEDY } from './stream.js';

const NO_DEVICES = /no devices were found/i;
/** Lines that name a GPU that the driver has lost. */
const LOST = /unable to determine the device handle|gpu is lost/i;
/** Time limit of a list of processes, ms. */
const DEFAULT_TIMEOUT_MS = 10_000;
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

/** Options of {@link NvidiaSmiSource}. */
export interface NvidiaSmiOptions {
  /** Time limit of a list of processes, ms. @default 10000 */
  readonly timeoutMs?: number;
  /** Columns to query. @default those of the readings */
  readonly columns?: readonly string[];
}

/**
 * Reads NVIDIA GPUs through nvidia-smi. With a sampling interval, one looping process reads the devices, and short runs
 * list their processes. Without one, each sample starts a process and has no list of processes.
 */
export class NvidiaSmiSource implements GpuSource {
  readonly name = 'nvidia-smi';
  readonly #given: string | undefined;
  #found: string | undefined;
  readonly #query: NvidiaSmiQuery;
  readonly #processes: ProcessList;
  readonly #stopping = new Set<Promise<unknown>>();
  #intervalMs: number | undefined;
  #loop: Loop | undefined;
  #isSampling = false;

  /** @param executable path of nvidia-smi. @default a search in `PATH` and in the folders of drivers */
  constructor(
    executable?: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS, columns = QUERY_COLUMNS }: NvidiaSmiOptions = {},
  ) {
    this.#given = executable;
    this.#query = new NvidiaSmiQuery(columns, OLDER_COLUMN_NAMES);
    this.#processes = new ProcessList(timeoutMs);
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
      const executable = await this.#executable();
      signal.throwIfAborted();
      return this.#intervalMs === undefined
        ? await this.#sampleOnce(executable, signal)
        : await this.#sampleLoop(executable, this.#openLoop(executable, this.#intervalMs), signal);
    } catch (error) {
      signal.throwIfAborted();
      const message = errorMessage(error);
      if (!NO_DEVICES.test(message)) throw error;
      const detail = `${message.replace(/\.$/, '')}; ${await explainMissingGpu()}`;
      return { readings: [], faults: [{ reason: 'failed', detail }] };
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

  /**
   * Returns the path of nvidia-smi.
   *
   * @throws GpuSourceError if there is none
   */
  async #executable(): Promise<string> {
    this.#found ??= this.#given ?? (await findNvidiaSmi());
    if (this.#found === undefined) throw new GpuSourceError('not_found', `not found; ${REMEDY}`);
    return this.#found;
  }

  /** Starts a process for this sample. Retries while the driver rejects columns. */
  async #sampleOnce(executable: string, signal: AbortSignal): Promise<GpuSample> {
    for (;;) {
      const args = [`--query-gpu=${this.#query.columns.join(',')}`, '--format=csv,nounits'];
      const { status, stdout, stderr } = await runProgram(executable, args, signal);
      signal.throwIfAborted();
      const succeeded = hasSucceeded(status);
      if (!succeeded && this.#query.dropRejectedColumns(stdout + stderr)) continue;

      const sample = markMissing(parseTable(stdout), succeeded);
      // A fault is logged once per message, so the message must not contain readings.
      const output = stderr || (sample.readings.length === 0 ? withoutHeader(stdout) : '');
      const failure = succeeded ? undefined : toSourceError(status, output, REMEDY);
      if (sample.readings.length > 0 && failure !== undefined) {
        // A lost GPU or a warning causes a non-zero exit code, although the others are read.
        if (output === '' && sample.faults.length > 0) return sample;
        return { ...sample, faults: [...sample.faults, { reason: failure.reason, detail: failure.message }] };
      }
      if (failure !== undefined) throw failure;
      return requireReadings(sample);
    }
  }

  /** Returns the latest batch of the looping process, with the processes that were listed last. */
  async #sampleLoop(executable: string, devices: DeviceStream, signal: AbortSignal): Promise<GpuSample> {
    const processes = this.#processes;
    processes.refresh(executable);
    const sample = await this.#latestSample(executable, devices, signal).catch(async (error) => {
      // A driver that hangs in one query also hangs in the other.
      if (signal.aborted && !devices.isRunning) await processes.stop();
      throw error;
    });
    const readings = sample.readings.map((reading) => {
      const listed = reading.uuid === undefined ? undefined : processes.processesOf(reading.uuid);
      return listed === undefined ? reading : { ...reading, processes: listed };
    });
    const fault = processes.takeFault();
    return { ...sample, readings, faults: fault === undefined ? sample.faults : [...sample.faults, fault] };
  }

  async #latestSample(executable: string, devices: DeviceStream, signal: AbortSignal): Promise<GpuSample> {
    const batch = devices.take();
    if (batch !== undefined) return this.#parse(batch);
    if (devices.dueInMs() > MAX_WAIT_MS) return this.#sampleOnce(executable, signal);
    return this.#parse(await devices.next(signal));
  }

  #parse({ lines, rows, isShort, at }: Batch): GpuSample {
    // A fault is logged once per message, so each line is in it once: how often a batch repeats it is chance.
    if (rows === 0) throw new GpuSourceError('failed', singleLine([...new Set(lines)].join(' '), 300));
    const { gpuCount: _count, ...sample } = parseTable([this.#query.columns.join(','), ...lines].join('\n'));
    const hasLost = lines.some((line) => LOST.test(line));
    const complete = requireReadings(sample);
    return { ...(isShort && !hasLost ? asPartial(complete) : complete), at };
  }

  #openLoop(executable: string, intervalMs: number): DeviceStream {
    const loopMs = Math.min(Math.round(intervalMs * LOOP_SHARE), MAX_LOOP_MS);
    this.#loop ??= { intervalMs, devices: new DeviceStream(executable, this.#query, loopMs) };
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

/**
 * Returns why nvidia-smi cannot be used, or `undefined` if it was found.
 *
 * @param executable path that the user set. @default a search in `PATH` and in the folders of drivers
 */
export async function nvidiaSmiUnavailable(executable?: string): Promise<SourceUnavailable | undefined> {
  if ((await findNvidiaSmi(executable)) !== undefined) return undefined;
  return {
    reason: executable === undefined ? 'nvidia-smi was not found' : `${executable} is no program`,
    remedy: `${REMEDY}; in a container, set NVIDIA_DRIVER_CAPABILITIES=utility; if nvidia-smi is elsewhere, set SNAKEPIT_OTEL_NVIDIA_SMI to its path`,
  };
}

/** A process that succeeds prints every GPU. One that fails may have left out a GPU that is lost. */
const markMissing = ({ gpuCount = 0, ...sample }: NvidiaSmiSample, succeeded: boolean): GpuSample =>
  succeeded && sample.readings.length > 0 && sample.readings.length < gpuCount ? asPartial(sample) : sample;

/** Returns a sample in which GPUs may be missing that are not lost. */
const asPartial = (sample: GpuSample): GpuSample => ({
  ...sample,
  isPartial: true,
  faults: [...sample.faults, { reason: 'failed', detail: 'fewer GPUs were printed than the driver has' }],
});

const withoutHeader = (output: string): string =>
  output
    .split('\n')
    .filter((line) => !line.startsWith(`index, ${COUNT_COLUMN}, `))
    .join('\n');

/** @throws GpuSourceError if the sample has no readings */
function requireReadings(sample: GpuSample): GpuSample {
  if (sample.readings.length > 0) return sample;
  const [fault] = sample.faults;
  // Of no GPU, some print the header only.
  if (fault === undefined) throw new GpuSourceError('failed', 'No devices were found');
  const details = new Set(sample.faults.map(({ detail }) => detail));
  throw new GpuSourceError(fault.reason, singleLine([...details].join('; '), 300));
}
