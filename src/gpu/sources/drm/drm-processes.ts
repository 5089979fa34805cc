import { isInHostPidNamespace } from '../../../system/host-namespace.js';
import { KeptFiles } from '../../../system/kept-files.js';
import { SerialFileReader } from '../../../system/serial-file-reader.js';
import type { GpuFault } from '../../source.js';
import { ProcessNames } from '../nvml/process-names.js';
import { type ClientUse, DrmClients } from './drm-clients.js';
import { ProcessScan } from './process-scan.js';

/** Reported once for as long as it lasts. `snakepit-otel doctor` names the remedy. */
const DENIED: GpuFault = {
  reason: 'failed',
  detail: 'no permission for the file descriptors of other users: only processes of this user are listed',
};

/** Processes with open device files of graphics cards, as one sample finds them. */
export interface DrmSample {
  /** `undefined` if processes cannot be listed. */
  readonly uses: readonly ClientUse[] | undefined;
  /** True if no process of the host can be missing. */
  readonly isComplete: boolean;
  readonly faults: readonly GpuFault[];
}

/** Reads the processes that have device files of graphics cards open, from `/proc`. */
export class DrmProcesses {
  /** Reads the files of processes, which often end: apart from those of cards. */
  readonly files: SerialFileReader;
  readonly #kept = new KeptFiles();
  readonly #scan: ProcessScan;
  readonly #clients: DrmClients;
  readonly #names: ProcessNames;
  /** True if process IDs of drivers, which are the host's, are those of `/proc`. */
  readonly hasHostIds: boolean;

  /** @param proc folder of the processes, `/proc` */
  constructor(proc: string) {
    this.files = new SerialFileReader(new AbortController().signal, this.#kept);
    this.#scan = new ProcessScan(proc, this.files);
    this.#clients = new DrmClients(this.files);
    this.hasHostIds = isInHostPidNamespace(proc);
    this.#names = new ProcessNames(proc, true);
  }

  async sample(signal: AbortSignal): Promise<DrmSample> {
    this.#names.beginSample();
    this.files.begin(signal);
    if (await this.#scan.run(signal)) await this.#kept.sweep();
    if (!this.#scan.isAvailable) return { uses: undefined, isComplete: false, faults: [] };
    const uses = await this.#clients.read(this.#scan.deviceFiles());
    const { isDenied, hasSearched } = this.#scan;
    return {
      uses,
      isComplete: this.hasHostIds && hasSearched && !isDenied,
      faults: isDenied ? [DENIED] : [],
    };
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  /** Returns the name of a process of this sample. */
  nameOf(pid: number): string | undefined {
    this.#names.add(pid);
    return this.#names.names.get(pid) || undefined;
  }
}
