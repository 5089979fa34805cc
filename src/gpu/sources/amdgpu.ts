import { join } from 'node:path';
import { SerialFileReader } from '../../system/serial-file-reader.js';
import type { GpuReading } from '../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../source.js';
import { type KfdNode, readKfdNodes } from './kfd.js';
import { cardUnavailable, findCards, SYSFS, type SysfsCard } from './sysfs-card.js';

const DRIVERS = ['amdgpu'];

/** Amount of dedicated memory up to which a GPU without `gpu_metrics` may be an integrated one, MiB. */
const MAX_CARVE_OUT_MIB = 1024;
/** How much larger than its dedicated memory the shared memory of an integrated GPU is at least. */
const MIN_SHARED_RATIO = 4;

/**
 * Reads AMD GPUs from the sysfs, hwmon and KFD files of the amdgpu kernel driver. Needs no process, library or root. Devices are in HIP's
 * order, each partition of a GPU is one; cards that the kernel does not offer for computing follow, by PCI address.
 */
export class AmdgpuSource implements GpuSource {
  readonly name = 'amdgpu';
  readonly #root: string;
  readonly #kfd: string;
  /** True for the cards that are integrated GPUs, by PCI address. */
  readonly #apus = new Map<string, boolean>();

  /**
   * @param root folder of the graphics cards. @default '/sys/class/drm'
   * @param kfd folder of the nodes of the kernel's compute driver. @default that of the same sysfs
   */
  constructor(root = SYSFS, kfd = kfdFolder(root)) {
    this.#root = root;
    this.#kfd = kfd;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    const [cards, nodes] = await Promise.all([
      findCards(this.#root, DRIVERS, signal),
      readKfdNodes(this.#kfd, new SerialFileReader(signal)),
    ]);
    const devices = arrange(cards, nodes);
    const readings = await Promise.all(devices.map((device, index) => this.#read(device, index)));
    signal.throwIfAborted();
    return { readings, faults: [] };
  }

  /** Returns the number of devices that the kernel offers for computing: the first of a sample. */
  async computeDeviceCount(signal: AbortSignal): Promise<number> {
    return (await readKfdNodes(this.#kfd, new SerialFileReader(signal))).length;
  }

  async close(): Promise<void> {}

  async #read({ card, node, partition }: AmdDevice, index: number): Promise<GpuReading> {
    const identity = { device: `rocm:${index}`, index, vendor: 'amd' } as const;
    if (card === undefined) {
      return { ...identity, uuid: node?.uniqueId, memoryTotalMib: node?.memoryMib };
    }
    if (partition > 0) return readPartition(card, node, partition, identity);
    return readCard(card, identity, await this.#isApu(card, node));
  }

  /** Integrated GPUs have the formats 2 and 3 of `gpu_metrics`. Old ones lack it, and have little memory of their own. */
  async #isApu(card: SysfsCard, node: KfdNode | undefined): Promise<boolean> {
    const known = this.#apus.get(card.pciAddress);
    if (known !== undefined) return known;
    const format = (await card.bytes('device/gpu_metrics'))?.[METRICS_FORMAT_OFFSET];
    const [vram = 0, gtt = 0] = await Promise.all([
      card.mebibytes('device/mem_info_vram_total'),
      card.mebibytes('device/mem_info_gtt_total'),
    ]);
    const isApu =
      node?.isApu === true ||
      (format === undefined
        ? vram <= MAX_CARVE_OUT_MIB && gtt >= MIN_SHARED_RATIO * vram && gtt > 0
        : APU_METRICS_FORMATS.includes(format));
    this.#apus.set(card.pciAddress, isApu);
    return isApu;
  }
}

/** `format_revision` of `struct metrics_table_header`. */
const METRICS_FORMAT_OFFSET = 2;
const APU_METRICS_FORMATS: readonly number[] = [2, 3];

const kfdFolder = (root: string) => join(root, '../kfd/kfd/topology/nodes');

interface AmdDevice {
  /** Undefined if the card is not visible, as in some containers. */
  readonly card: SysfsCard | undefined;
  /** Undefined if the kernel does not offer the card for computing. */
  readonly node: KfdNode | undefined;
  /** Number of the partition of the card; 0 is the card itself. */
  readonly partition: number;
}

/** Arranges cards, sorted by PCI address, in the order of HIP's devices. */
function arrange(cards: readonly SysfsCard[], nodes: readonly KfdNode[]): AmdDevice[] {
  const partitions = new Map<string, number>();
  const computing = nodes.map((node): AmdDevice => {
    const card = cards.find(({ pciAddress }) => pciAddress.startsWith(`${node.pciSlot}.`));
    const partition = partitions.get(node.pciSlot) ?? 0;
    partitions.set(node.pciSlot, partition + 1);
    return { card, node, partition };
  });
  const others = cards.filter((card) => !computing.some((device) => device.card === card));
  return [...computing, ...others.map((card) => ({ card, node: undefined, partition: 0 }))];
}

type AmdIdentity = Pick<GpuReading, 'device' | 'index' | 'vendor'>;

/** The kernel reports sensors for the whole card only, which is its first partition. */
async function readPartition(
  card: SysfsCard,
  node: KfdNode | undefined,
  partition: number,
  identity: AmdIdentity,
): Promise<GpuReading> {
  const [parentUuid, name, driverVersion] = await Promise.all([
    card.text('device/unique_id'),
    card.text('device/product_name'),
    card.driverVersion(),
  ]);
  const parent = parentUuid ?? node?.uniqueId ?? card.pciAddress;
  return {
    ...identity,
    uuid: `${parent}:${partition}`,
    parentUuid: parent,
    name,
    pciAddress: card.pciAddress,
    driverVersion,
    memoryTotalMib: node?.memoryMib,
  };
}

/** Returns `undefined` if there is a card with the amdgpu driver. */
export const amdgpuUnavailable = (root = SYSFS): Promise<SourceUnavailable | undefined> =>
  cardUnavailable(
    root,
    DRIVERS,
    'on a host with an AMD GPU: load the amdgpu kernel driver, and mount /sys of the host in a container',
  );

async function readCard(card: SysfsCard, identity: AmdIdentity, isApu: boolean): Promise<GpuReading> {
  const [uuid, name, driverVersion, memory, isAsleep] = await Promise.all([
    card.text('device/unique_id'),
    card.text('device/product_name'),
    card.driverVersion(),
    readMemory(card, isApu),
    card.isAsleep(),
  ]);
  return {
    ...identity,
    uuid,
    name,
    pciAddress: card.pciAddress,
    driverVersion,
    ...memory,
    ...(isAsleep ? { gpuPercent: 0 } : await readSensors(card)),
  };
}

/** The memory of an integrated GPU is a part that is reserved for it, and what it may use of the machine's. */
async function readMemory(card: SysfsCard, isApu: boolean): Promise<Partial<GpuReading>> {
  const read = (file: 'total' | 'used') =>
    Promise.all(
      (isApu ? ['vram', 'gtt'] : ['vram']).map((kind) => card.mebibytes(`device/mem_info_${kind}_${file}`)),
    );
  const [total, used] = (await Promise.all([read('total'), read('used')])).map(sumOfAll);
  return {
    memoryUsedMib: used,
    memoryTotalMib: total,
    memoryFreeMib: total === undefined || used === undefined ? undefined : total - used,
    ...(isApu && { unifiedMemory: 1 }),
  };
}

const sumOfAll = (parts: readonly (number | undefined)[]): number | undefined =>
  parts.reduce((sum, part) => (sum === undefined || part === undefined ? undefined : sum + part));

async function readSensors(card: SysfsCard): Promise<Partial<GpuReading>> {
  const [gpuPercent, memoryControllerPercent, errors, celsius, watts, limitWatts] = await Promise.all([
    card.number('device/gpu_busy_percent'),
    card.number('device/mem_busy_percent'),
    card.text('device/ras/umc_err_count'),
    // Edge sensor; accelerators without one have a junction sensor.
    card.celsius('temp1_input', 'temp2_input'),
    // The chip has one of the two.
    card.millionths('power1_average', 'power1_input'),
    card.millionths('power1_cap'),
  ]);
  const [energyJoules, graphicsClockMhz, memoryClockMhz, intendedPercent, measuredPercent] =
    await Promise.all([
      // Depends on the kernel.
      card.millionths('energy1_input'),
      card.millionths('freq1_input'),
      card.millionths('freq2_input'),
      card.percent('pwm1', 'pwm1_max'),
      card.percent('fan1_input', 'fan1_max'),
    ]);
  return {
    gpuPercent,
    memoryControllerPercent,
    celsius,
    watts,
    limitWatts,
    energyJoules,
    graphicsClockMhz,
    memoryClockMhz,
    fanPercent: intendedPercent ?? measuredPercent,
    eccCorrectedErrors: countOf('ce', errors),
    eccUncorrectedErrors: countOf('ue', errors),
  };
}

/** Returns the number in a line such as `ce: 1`. */
function countOf(kind: 'ce' | 'ue', text = ''): number | undefined {
  const count = new RegExp(`^${kind}: *(\\d+)$`, 'm').exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}
