import { join } from 'node:path';
import { isInHostPidNamespace } from '../../system/host-namespace.js';
import type { GpuProcess, GpuReading } from '../readings.js';
import type { CgroupIds } from './cgroup.js';
import { ContainerNames } from './container-names.js';
import type { GpuHolder } from './holder.js';
import { Kubelet } from './kubelet.js';
import { ProcessCgroups } from './process-cgroups.js';

type Holders = readonly GpuHolder[] | undefined;

/** Adds to readings which containers of Kubernetes hold the devices, and which containers the processes on them run in. */
export class PodAttribution {
  readonly #kubelet: Kubelet | undefined;
  readonly #cgroups: ProcessCgroups | undefined;
  readonly #names: ContainerNames;
  readonly #closing = new AbortController();

  /**
   * @param kubeletSocket `undefined` to not ask the kubelet
   * @param root folder of `/proc`, `/sys` and `/var`. @default '/'
   */
  constructor(kubeletSocket: string | undefined, root = '/') {
    const proc = join(root, 'proc');
    this.#kubelet = kubeletSocket === undefined ? undefined : new Kubelet(kubeletSocket, root);
    this.#cgroups = isInHostPidNamespace(proc) ? new ProcessCgroups(proc, this.#closing.signal) : undefined;
    this.#names = new ContainerNames(root);
  }

  /** Reads what is due or new. Returns the work while it runs, which never rejects. */
  refresh(readings: readonly GpuReading[]): Promise<unknown> | undefined {
    if (readings.length === 0) return undefined;
    const work = [this.#kubelet?.refresh(), this.#refreshProcesses(readings)].filter(
      (each) => each !== undefined,
    );
    return work.length === 0 ? undefined : Promise.all(work);
  }

  /** Returns the readings with their holders and the containers of their processes; the same ones if there are none. */
  attribute(readings: readonly GpuReading[]): readonly GpuReading[] {
    const held = this.#kubelet?.held;
    const hasHolders = held !== undefined && held.size > 0;
    if (!hasHolders && this.#cgroups === undefined) return readings;
    return readings.map((reading) => {
      const holders = hasHolders ? held.of(reading) : undefined;
      const processes = this.#withContainers(reading.processes, holders);
      return holders === undefined && processes === reading.processes
        ? reading
        : { ...reading, holders, processes };
    });
  }

  close(): void {
    this.#closing.abort();
    this.#kubelet?.close();
  }

  #refreshProcesses(readings: readonly GpuReading[]): Promise<void> | undefined {
    const cgroups = this.#cgroups;
    if (cgroups === undefined) return undefined;
    const pids = new Set<number>();
    for (const { processes = [] } of readings) for (const { pid } of processes) pids.add(pid);
    const read = cgroups.read(pids);
    return read === undefined ? this.#findNames(pids) : read.then(() => this.#findNames(pids));
  }

  #findNames(pids: ReadonlySet<number>): Promise<void> | undefined {
    const containerIds: string[] = [];
    for (const pid of pids) {
      const ids = this.#cgroups?.of(pid);
      // Containers of pods only: the kubelet names no others.
      if (ids?.podUid !== undefined && ids.containerId !== undefined) containerIds.push(ids.containerId);
    }
    return this.#names.find(containerIds);
  }

  #withContainers(processes: GpuReading['processes'], holders: Holders): GpuReading['processes'] {
    const cgroups = this.#cgroups;
    if (processes === undefined || cgroups === undefined) return processes;
    const ids = processes.map(({ pid }) => cgroups.of(pid));
    if (!ids.some((each) => each?.podUid !== undefined || each?.containerId !== undefined)) return processes;
    const only = onlyHolder(holders, ids);
    return processes.map((process, i): GpuProcess => {
      const own = ids[i];
      if (own === undefined) return process;
      const named = own.containerId === undefined ? undefined : this.#names.of(own.containerId);
      const names = own.podUid === undefined ? undefined : (named ?? only);
      return inContainer(process, own, names);
    });
  }
}

/** Returns a process with its container. By its keys: a spread takes several times as long. */
const inContainer = (
  process: GpuProcess,
  { podUid, containerId }: CgroupIds,
  { namespace, pod, container }: Partial<GpuHolder> = {},
): GpuProcess =>
  ({
    pid: process.pid,
    name: process.name,
    usedMib: process.usedMib,
    gpuPercent: process.gpuPercent,
    memoryControllerPercent: process.memoryControllerPercent,
    encoderPercent: process.encoderPercent,
    decoderPercent: process.decoderPercent,
    namespace,
    pod,
    container,
    podUid,
    containerId,
  }) satisfies Record<keyof GpuProcess, unknown>;

/**
 * Returns the pod of the processes on a device if there is no doubt: one pod holds the device, and all processes that run in pods run
 * in one.
 */
function onlyHolder(
  holders: Holders,
  processes: readonly (CgroupIds | undefined)[],
): Partial<GpuHolder> | undefined {
  const [first] = holders ?? [];
  if (holders === undefined || first === undefined) return undefined;
  const { namespace, pod } = first;
  if (!holders.every((each) => each.namespace === namespace && each.pod === pod)) return undefined;
  const uid = processes.find((each) => each?.podUid !== undefined)?.podUid;
  if (processes.some((each) => each?.podUid !== undefined && each.podUid !== uid)) return undefined;
  return holders.length === 1 ? first : { namespace, pod };
}
