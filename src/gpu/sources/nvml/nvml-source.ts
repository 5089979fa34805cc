import { errorMessage } from '../../../common/error-message.js';
import { TurnBudget } from '../../../common/turn-budget.js';
import type { GpuIdentity } from '../../identity.js';
import type { GpuReading } from '../../readings.js';
import { type GpuSample, type GpuSource, GpuSourceError, type SourceUnavailable } from '../../source.js';
import { FATAL_XIDS } from '../../status.js';
import { explainMissingGpu } from '../no-nvidia-gpu.js';
import { decodeReading } from './decode.js';
import { findKoffi } from './koffi.js';
import { DEFAULT_LIBRARY } from './library.js';
import type { SampleMetadata } from './response.js';
import { CONTROL, monotonicMs, RECORD_LENGTH } from './sample-memory.js';
import { NvmlThread } from './thread.js';
import { CHECK_KERNEL_LOG, KOFFI_MISSING } from './unavailable.js';

const NO_METADATA: SampleMetadata = { devices: [], processNames: new Map(), faults: [] };

/**
 * Reads NVIDIA GPUs and MIG devices through the driver's library, in a thread of its own: neither the event loop nor the
 * exit of the process waits for the driver. Requires the optional package `koffi`.
 *
 * PCIe throughput takes the driver 20 ms for each GPU and direction, and activity is a mean between two readings of the driver's
 * counters. With a sampling interval, they are read between samples: a sample has the values read since the previous one, and the first
 * sample has none. Without an interval, they are read during each sample.
 */
export class NvmlSource implements GpuSource {
  readonly name = 'nvml';
  readonly #library: string;
  #thread: NvmlThread | undefined;
  #metadata = NO_METADATA;
  /** GPUs by index. Includes lost GPUs, whose last Xid errors arrive after the loss. */
  readonly #gpus = new Map<number, GpuIdentity>();
  /** Indexes of the GPUs that had an error that takes a reset to recover from. */
  readonly #failed = new Set<number>();
  #intervalMs: number | undefined;

  /** @param library path of the driver's library, or a name that the loader resolves. @default 'libnvidia-ml.so.1' */
  constructor(library = DEFAULT_LIBRARY) {
    this.#library = library;
  }

  /**
   * Returns why no GPU can be read, or `undefined` if one can. To be called before the first sample. Never rejects.
   */
  async probe(): Promise<SourceUnavailable | undefined> {
    try {
      const response = await this.#open().request('probe');
      if (response.kind === 'probed') return response.unavailable;
      const reason = response.kind === 'failed' ? response.detail : 'NVML returned no result';
      return { reason, remedy: CHECK_KERNEL_LOG };
    } catch (error) {
      return { reason: errorMessage(error), remedy: CHECK_KERNEL_LOG };
    }
  }

  sample(signal: AbortSignal): Promise<GpuSample> {
    return this.#read('sample', signal);
  }

  sampleFast(signal: AbortSignal): Promise<GpuSample> {
    return this.#read('sampleFast', signal);
  }

  setSamplingInterval(intervalMs: number | undefined): void {
    this.#intervalMs = intervalMs;
    this.#thread?.setSamplingInterval(intervalMs);
  }

  /** Shuts NVML down. Settles after about a second at most, also while the driver hangs. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  async #read(request: 'sample' | 'sampleFast', signal: AbortSignal): Promise<GpuSample> {
    signal.throwIfAborted();
    const thread = this.#open();
    const response = await thread.request(request);
    if (response.kind === 'metadata') this.#setMetadata(response.metadata);
    signal.throwIfAborted();
    if (response.kind === 'failed') throw new GpuSourceError(response.reason, response.detail);
    const sample = await this.#decode(thread, request === 'sample', signal);
    if (sample.readings.length > 0 || sample.faults.length > 0 || request !== 'sample') return sample;
    const detail = `the NVIDIA driver lists no GPU; ${await explainMissingGpu()}`;
    return { ...sample, faults: [{ reason: 'failed', detail }] };
  }

  #open(): NvmlThread {
    if (this.#thread === undefined || this.#thread.hasEnded) {
      if (findKoffi() === undefined) {
        throw new GpuSourceError('not_found', `${KOFFI_MISSING.reason}: ${KOFFI_MISSING.remedy}`);
      }
      this.#thread = new NvmlThread(this.#library);
      this.#thread.setSamplingInterval(this.#intervalMs);
    }
    return this.#thread;
  }

  #setMetadata(metadata: SampleMetadata): void {
    this.#metadata = metadata;
    for (const device of metadata.devices) if (isGpu(device)) this.#gpus.set(device.index, device);
    // A GPU that returns was reset.
    for (const index of this.#failed) {
      if (!metadata.devices.some((device) => device.index === index)) this.#failed.delete(index);
    }
  }

  /** Converts the memory of the thread, which writes to it during requests only, to a sample. */
  async #decode({ memory }: NvmlThread, withXids: boolean, signal: AbortSignal): Promise<GpuSample> {
    const { devices, processNames, faults } = this.#metadata;
    const ageMs = monotonicMs() - (memory.sampledAt[0] as number);
    const at = performance.now() - ageMs;
    const xids = withXids ? readXids(memory) : new Map<number, number[]>();
    const readings: GpuReading[] = [];
    const turn = new TurnBudget();
    for (const [i, identity] of devices.entries()) {
      if (turn.isSpent) await turn.next();
      const { index } = identity;
      const deviceXids = isGpu(identity) ? xids.get(index) : undefined;
      if (deviceXids?.some((xid) => FATAL_XIDS.has(xid))) this.#failed.add(index);
      const hadFatalXid = this.#failed.has(index);
      readings.push(
        decodeReading(identity, memory.records, i * RECORD_LENGTH, processNames, deviceXids, hadFatalXid),
      );
    }
    // Xid errors of an aborted sample stay in shared memory for the next one.
    signal.throwIfAborted();
    if (withXids) memory.control[CONTROL.xidCount] = 0;
    for (const { index } of devices) xids.delete(index);
    const lostDeviceXids = [...xids].flatMap(([index, codes]) => {
      const device = this.#gpus.get(index);
      return device === undefined ? [] : [{ device, xids: codes }];
    });
    return { readings, faults, lostDeviceXids, at };
  }
}

const isGpu = ({ parentUuid }: GpuIdentity) => parentUuid === undefined;

/** Returns the Xid errors in shared memory, by GPU index. */
function readXids({ control, xids }: NvmlThread['memory']): Map<number, number[]> {
  const byIndex = new Map<number, number[]>();
  for (let i = 0; i < (control[CONTROL.xidCount] as number); i++) {
    const index = xids[2 * i] as number;
    const code = xids[2 * i + 1] as number;
    byIndex.set(index, [...(byIndex.get(index) ?? []), code]);
  }
  return byIndex;
}
