import { errorMessage } from '../../../common/error-message.js';
import { withTimeout } from '../../../common/with-timeout.js';
import type { GpuIdentity } from '../../identity.js';
import type { GpuReading } from '../../readings.js';
import { type GpuSample, type GpuSource, GpuSourceError, type SourceUnavailable } from '../../source.js';
import { decodeReading } from './decode.js';
import { LibraryMissing } from './errors.js';
import { findKoffi, type Koffi } from './koffi.js';
import { DEFAULT_LIBRARY } from './library.js';
import type { SampleMetadata } from './response.js';
import { CONTROL, monotonicMs, RECORD_LENGTH } from './sample-memory.js';
import { NvmlThread } from './thread.js';
import { describeUnavailability, isWsl, KERNEL_LOG, KOFFI_MISSING, UNSAFE_ON_WSL } from './unavailable.js';

/** How long a look whether there is a driver may take, ms: it wakes GPUs up, a second or two each. */
const PROBE_TIMEOUT_MS = 30_000;
const NO_ANSWER: SourceUnavailable = {
  reason: `the NVIDIA driver does not answer within ${PROBE_TIMEOUT_MS / 1000} s`,
  remedy: KERNEL_LOG,
};

const NOTHING: SampleMetadata = { devices: [], processNames: new Map(), faults: [] };

/**
 * Reads NVIDIA GPUs and MIG slices through the driver's own library, in a thread of its own: neither the event loop nor
 * the end of the process waits for the driver. Needs the optional package `koffi`.
 *
 * PCIe throughput takes the driver 20 ms for each GPU and direction. With samples in an interval (`pace()`), it is read
 * between them, so that a sample has what was read since the one before, and the first has none; otherwise during them.
 */
export class NvmlSource implements GpuSource {
  readonly name = 'nvml';
  readonly #library: string;
  #thread: NvmlThread | undefined;
  #facts = NOTHING;
  /** By index, also those that are lost: what their driver reports last comes after them. */
  readonly #gpus = new Map<number, GpuIdentity>();
  #intervalMs: number | undefined;

  /** @param library path of the driver's library, or a name for the loader to find. @default 'libnvidia-ml.so.1' */
  constructor(library = DEFAULT_LIBRARY) {
    this.#library = library;
  }

  /** Why there is nothing to read; `undefined` where a GPU is listed. For before the first sample. Never rejects. */
  async probe(): Promise<SourceUnavailable | undefined> {
    try {
      const answer = await this.#open().request('look');
      if (answer.kind === 'looked') return answer.absence;
      return { reason: answer.kind === 'failed' ? answer.detail : 'NVML gave no answer', remedy: KERNEL_LOG };
    } catch (error) {
      return { reason: errorMessage(error), remedy: KERNEL_LOG };
    }
  }

  sample(signal: AbortSignal): Promise<GpuSample> {
    return this.#read('sample', signal);
  }

  sampleFast(signal: AbortSignal): Promise<GpuSample> {
    return this.#read('glance', signal);
  }

  setSamplingInterval(intervalMs: number | undefined): void {
    this.#intervalMs = intervalMs;
    this.#thread?.pace(intervalMs);
  }

  /** Within about a second, also while the driver hangs. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  async #read(request: 'sample' | 'glance', signal: AbortSignal): Promise<GpuSample> {
    signal.throwIfAborted();
    const thread = this.#open();
    const answer = await thread.request(request);
    if (answer.kind === 'facts') this.#learn(answer.facts);
    // What was read is left for the next sample to take.
    signal.throwIfAborted();
    if (answer.kind === 'failed') throw new GpuSourceError(answer.reason, answer.detail);
    return this.#decode(thread, request === 'sample');
  }

  #open(): NvmlThread {
    if (this.#thread === undefined || this.#thread.hasEnded) {
      if (findKoffi() === undefined) {
        throw new GpuSourceError('not_found', `${KOFFI_MISSING.reason}: ${KOFFI_MISSING.remedy}`);
      }
      this.#thread = new NvmlThread(this.#library);
      this.#thread.pace(this.#intervalMs);
    }
    return this.#thread;
  }

  #learn(facts: SampleMetadata): void {
    this.#facts = facts;
    for (const device of facts.devices) if (isGpu(device)) this.#gpus.set(device.index, device);
  }

  #decode({ memory }: NvmlThread, whole: boolean): GpuSample {
    const { devices, processNames, faults } = this.#facts;
    const age = monotonicMs() - (memory.takenAt[0] as number);
    const xids = whole ? takeXids(memory) : new Map<number, number[]>();
    const readings = devices.map((identity, i): GpuReading => {
      const own = isGpu(identity) ? xids.get(identity.index) : undefined;
      return decodeReading(identity, memory.records, i * RECORD_LENGTH, processNames, own);
    });
    for (const { index } of devices) xids.delete(index);
    const lastXids = [...xids].flatMap(([index, codes]) => {
      const device = this.#gpus.get(index);
      return device === undefined ? [] : [{ device, xids: codes }];
    });
    return { readings, faults, lostDeviceXids: lastXids, at: performance.now() - age };
  }
}

const isGpu = ({ parentUuid }: GpuIdentity) => parentUuid === undefined;

/** The Xid errors since they were last taken, by GPU. */
function takeXids({ control, xids }: NvmlThread['memory']): Map<number, number[]> {
  const taken = new Map<number, number[]>();
  for (let i = 0; i < (control[CONTROL.xids] as number); i++) {
    const index = xids[2 * i] as number;
    const code = xids[2 * i + 1] as number;
    taken.set(index, [...(taken.get(index) ?? []), code]);
  }
  control[CONTROL.xids] = 0;
  return taken;
}

/** Libraries that a look hangs in: none is begun anew before that has ended. */
const hangingLibraries = new Set<string>();

/**
 * Opens the source where NVML lists a GPU, or says why not. Starts no process; the driver is asked in a thread, for half a
 * minute at most. As with samples, nothing of it keeps the process alive: whoever waits for it has to.
 *
 * @param library as for {@link NvmlSource}
 */
export async function probeNvml(library = DEFAULT_LIBRARY): Promise<NvmlSource | SourceUnavailable> {
  const koffi = findKoffi();
  if (koffi === undefined) return KOFFI_MISSING;
  if (isWsl()) return UNSAFE_ON_WSL;
  const missing = libraryUnavailable(koffi, library);
  if (missing !== undefined) return missing;
  if (hangingLibraries.has(library)) return NO_ANSWER;

  const source = new NvmlSource(library);
  const look = source.probe();
  const absence = await withTimeout(PROBE_TIMEOUT_MS, look, NO_ANSWER, { ref: false });
  if (absence === undefined) return source;
  if (absence === NO_ANSWER) {
    hangingLibraries.add(library);
    void look.then(() => hangingLibraries.delete(library));
  }
  await source.close();
  return absence;
}

function libraryUnavailable(koffi: Koffi, library: string): SourceUnavailable | undefined {
  try {
    koffi.load(library).unload();
    return undefined;
  } catch (error) {
    return describeUnavailability(new LibraryMissing(library, error), []);
  }
}
