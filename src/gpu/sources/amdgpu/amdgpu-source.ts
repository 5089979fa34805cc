import { join } from 'node:path';
import { KeptFiles } from '../../../system/kept-files.js';
import { SerialFileReader } from '../../../system/serial-file-reader.js';
import type { GpuReading } from '../../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../../source.js';
import { DrmProcesses } from '../drm/drm-processes.js';
import type { CardList } from '../sysfs/card-list.js';
import { cardUnavailable, SYSFS } from '../sysfs/find-cards.js';
import { addProcesses } from './add-processes.js';
import type { AmdCard } from './amd-card.js';
import { AMD_DRIVERS, type AmdDevice, amdDevices } from './devices.js';
import type { GpuMetrics } from './gpu-metrics.js';
import { readKfdNodes } from './kfd.js';
import { KfdProcesses, type KfdUse, usedMib } from './kfd-processes.js';

const NO_USES: ReadonlyMap<string, readonly KfdUse[]> = new Map();

/** Settings of {@link AmdgpuSource}. */
export interface AmdgpuOptions {
  /** Folder of the graphics cards, in the same sysfs as that of the kernel's compute driver. @default '/sys/class/drm' */
  readonly root?: string;
  /** Folder of the processes; `null` to read none. @default '/proc' */
  readonly proc?: string | null;
}

/**
 * Reads AMD GPUs from the sysfs, hwmon and KFD files of the amdgpu kernel driver. Needs no process, library or root. Devices are in HIP's
 * order, each partition of a GPU is one; cards that the kernel does not offer for computing follow, by PCI address.
 */
export class AmdgpuSource implements GpuSource {
  readonly name = 'amdgpu';
  readonly #kfd: string;
  readonly #kept = new KeptFiles();
  readonly #files = new SerialFileReader(new AbortController().signal, this.#kept);
  readonly #devices: CardList<AmdDevice>;
  readonly #kfdProcesses: KfdProcesses;
  readonly #processes: DrmProcesses | undefined;

  constructor({ root = SYSFS, proc = '/proc' }: AmdgpuOptions = {}) {
    this.#kfd = join(root, '../kfd/kfd');
    this.#devices = amdDevices(root, this.#kfd, this.#files, this.#kept);
    if (proc !== null) this.#processes = new DrmProcesses(proc);
    this.#kfdProcesses = new KfdProcesses(join(this.#kfd, 'proc'), this.#processes?.files ?? this.#files);
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    this.#files.begin(signal);
    this.#processes?.files.begin(signal);
    const devices = await this.#devices.list();
    const uses = await this.#readComputeUses(devices);
    const metrics = await readPartitionMetrics(devices);
    const readings: GpuReading[] = [];
    for (const [index, device] of devices.entries()) {
      const { card } = device;
      readings.push(await readDevice(device, index, card && metrics.get(card), uses));
    }
    const at = performance.now();
    const processes = await this.#processes?.sample(signal);
    signal.throwIfAborted();
    if (this.#processes !== undefined && processes?.uses !== undefined)
      await addProcesses(readings, devices, processes.uses, uses, this.#processes);
    return { readings, faults: processes?.faults ?? [], at };
  }

  /** Returns the number of devices that the kernel offers for computing: the first of a sample. */
  async computeDeviceCount(signal: AbortSignal): Promise<number> {
    return (await readKfdNodes(join(this.#kfd, 'topology/nodes'), new SerialFileReader(signal))).length;
  }

  async close(): Promise<void> {
    await Promise.all([this.#kept.close(), this.#processes?.close()]);
  }

  async #readComputeUses(devices: readonly AmdDevice[]): Promise<ReadonlyMap<string, readonly KfdUse[]>> {
    if (this.#processes === undefined && !devices.some(({ isPartitioned }) => isPartitioned)) return NO_USES;
    return this.#kfdProcesses.read(devices.flatMap(({ node }) => node ?? []));
  }
}

/** Returns `undefined` if there is a card with the amdgpu driver. */
export const amdgpuUnavailable = (root = SYSFS): Promise<SourceUnavailable | undefined> =>
  cardUnavailable(
    root,
    AMD_DRIVERS,
    'on a host with an AMD GPU: load the amdgpu kernel driver, and mount /sys of the host in a container',
  );

/** Reads `gpu_metrics` of the cards with partitions, once for all of them. */
async function readPartitionMetrics(
  devices: readonly AmdDevice[],
): Promise<ReadonlyMap<AmdCard, GpuMetrics | undefined>> {
  const metrics = new Map<AmdCard, GpuMetrics | undefined>();
  for (const { card, partition, isPartitioned } of devices) {
    if (card === undefined || !isPartitioned || partition > 0) continue;
    metrics.set(card, (await card.isAsleep()) ? undefined : await card.metrics());
  }
  return metrics;
}

async function readDevice(
  device: AmdDevice,
  index: number,
  metrics: GpuMetrics | undefined,
  uses: ReadonlyMap<string, readonly KfdUse[]>,
): Promise<GpuReading> {
  const { card, node, partition, isPartitioned } = device;
  const identity = { device: `rocm:${index}`, index, vendor: 'amd' } as const;
  if (card === undefined) return { ...identity, uuid: node?.uniqueId, memoryTotalMib: node?.memoryMib };
  const known = { ...identity, ...(await card.identity()) };
  const isAsleep = await card.isAsleep();
  if (!isPartitioned) {
    const memory = await card.memory(await card.isApu(node, isAsleep));
    return { ...known, ...memory, ...(isAsleep ? { gpuPercent: 0 } : await card.sensors()) };
  }
  const values = {
    ...partitionMemory(device, uses),
    gpuPercent: isAsleep ? 0 : metrics?.partitionPercents[partition],
  };
  // The kernel reports sensors for the card only, which is its first partition.
  if (partition === 0) return { ...known, ...(isAsleep ? {} : await card.sensors(metrics)), ...values };
  const parentUuid = known.uuid ?? node?.uniqueId ?? card.files.pciAddress;
  return { ...known, uuid: `${parentUuid}:${partition}`, parentUuid, ...values };
}

/** Returns the memory of a partition. The kernel has no other value of what is used than that of the processes of ROCm. */
function partitionMemory(
  { node }: AmdDevice,
  uses: ReadonlyMap<string, readonly KfdUse[]>,
): Partial<GpuReading> {
  const total = node?.memoryMib;
  const ofNode = node?.gpuId === undefined ? undefined : uses.get(node.gpuId);
  const used = ofNode && usedMib(ofNode);
  const free = total === undefined || used === undefined ? undefined : Math.max(0, total - used);
  return { memoryTotalMib: total, memoryUsedMib: used, memoryFreeMib: free };
}
