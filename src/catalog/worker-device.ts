import { MEBIBYTE } from '../common/units.js';
import type { GpuIdentifiers } from './gpu-identity.js';
import { ALL_DEVICES, PCI_ORDER, type WorkerDevices } from './worker-environment.js';

// A worker's `cuda:0` is not the driver's: its environment stands between the two.

/** A GPU of this host, under the driver's name. */
export interface HostGpu extends GpuIdentifiers {
  /** The driver's name: `cuda:0`, `rocm:1`, `cuda:0:1`. */
  readonly device: string;
  /** Product name. */
  readonly name?: string;
  /** Memory installed, MiB. */
  readonly totalMib?: number;
  /** For a MIG slice: `uuid` of its GPU. */
  readonly parentUuid?: string;
  /** For a MIG slice: id of its GPU instance. */
  readonly gpuInstanceId?: number;
}

/** An Intel card with more memory than this, MiB, may have several tiles, which are devices of their own by default. */
const MAX_TILE_MIB = 65_536;

/** Share of a device's memory that its framework may not see. */
const HIDDEN_SHARE = 0.07;

/**
 * Returns the GPU that a worker means by a device name; `undefined` if that cannot be known.
 *
 * @param device the worker's name: `cuda:0`, `rocm:0`, `cuda`
 * @param gpus all GPUs of the host, in the driver's order
 */
export function resolveWorkerDevice<G extends HostGpu>(
  device: string,
  worker: WorkerDevices,
  gpus: readonly G[],
): G | undefined {
  const [, kind, number = '0'] = /^(cuda|rocm|xpu)(?::(\d+))?$/.exec(device) ?? [];
  if (kind === undefined) return gpus.find((gpu) => gpu.device === device);
  const index = Number(number);
  const has = (name: string) => gpus.some((gpu) => gpu.device.startsWith(`${name}:`));
  const all = gpus.filter((gpu) =>
    gpu.device.startsWith(kind === 'cuda' && !has('cuda') ? 'rocm:' : `${kind}:`),
  );
  const { totalBytes, visible } = worker;
  const fits = ({ totalMib }: G) =>
    totalBytes === undefined || totalMib === undefined || isSameTotal(totalBytes, totalMib);

  const byEnvironment =
    visible === undefined
      ? undefined
      : kind === 'xpu'
        ? findXpu(index, worker, all)
        : findVisible(index, worker, all);
  if (byEnvironment !== undefined && fits(byEnvironment)) return byEnvironment;
  // A process of a divided GPU has one of its slices.
  const usable = all.filter((gpu) => isSlice(gpu) || slicesOf(gpu, all).length === 0);
  if (totalBytes !== undefined) {
    const [only, ...others] = usable.filter((gpu) => gpu.totalMib !== undefined && fits(gpu));
    return others.length === 0 && (visible === undefined || byEnvironment === undefined) ? only : undefined;
  }
  return visible === undefined && usable.length === 1 && index === 0 ? usable[0] : undefined;
}

/** A slice has its GPU's name and its own number. */
const isSlice = ({ device }: HostGpu): boolean => device.split(':').length > 2;

const slicesOf = <G extends HostGpu>({ device }: G, all: readonly G[]): G[] =>
  all.filter((gpu) => gpu.device.startsWith(`${device}:`));

/** Finds a device of CUDA or HIP by its number among those that are visible. */
function findVisible<G extends HostGpu>(
  index: number,
  { visible = ALL_DEVICES, order }: WorkerDevices,
  all: readonly G[],
): G | undefined {
  const whole = all.filter((gpu) => !isSlice(gpu));
  if (visible === ALL_DEVICES) return usablePart(byPosition(index, order, whole), all);
  const isCuda = whole.some(({ device }) => device.startsWith('cuda'));
  const entries: (string | number)[] = [];
  for (const text of visible.split(',')) {
    const entry = parseEntry(text, all, whole.length);
    // An invalid entry hides itself and those after it.
    if (entry === undefined) break;
    if (!entries.includes(entry)) entries.push(entry);
    // CUDA takes no device from a list with one of them twice.
    else if (isCuda) return undefined;
  }
  const entry = entries[index];
  if (typeof entry === 'number') return usablePart(byPosition(entry, order, whole), all);
  return usablePart(
    all.find(({ device }) => device === entry),
    all,
  );
}

/** Returns the position or the name of a visible device; `undefined` if there is none or more than one. */
function parseEntry(text: string, all: readonly HostGpu[], count: number): string | number | undefined {
  // As `strtoul` reads it: text after the digits is ignored.
  const position = /^\s*\+?(\d{1,9})/.exec(text)?.[1];
  const id = text.trim().toLowerCase();
  if (position !== undefined && !UNIQUE_ID.test(id))
    return Number(position) < count ? Number(position) : undefined;
  if (!UUID.test(id) && !UNIQUE_ID.test(id)) return undefined;
  const [, parent, instance] = OLD_MIG.exec(id) ?? [];
  const named = all.filter(({ uuid, parentUuid, gpuInstanceId }) => {
    const known = uuid?.toLowerCase();
    if (known !== undefined && (known.startsWith(id) || `gpu-${known}`.startsWith(id))) return true;
    return parent !== undefined && parentUuid?.toLowerCase() === parent && gpuInstanceId === Number(instance);
  });
  return named.length === 1 ? named[0]?.device : undefined;
}

const UUID = /^(?:gpu|mig)-./;
/** Of an AMD GPU. */
const UNIQUE_ID = /^[0-9a-f]{16}$/;
/** Name of a MIG slice before R470: GPU, GPU instance, compute instance. */
const OLD_MIG = /^mig-(gpu-[0-9a-f-]+)\/(\d{1,4})\/\d{1,4}$/;

/** Returns the only slice of a divided GPU; `undefined` if there are several, of which CUDA takes one. */
function usablePart<G extends HostGpu>(gpu: G | undefined, all: readonly G[]): G | undefined {
  if (gpu === undefined) return undefined;
  const slices = slicesOf(gpu, all);
  return slices.length <= 1 ? (slices[0] ?? gpu) : undefined;
}

/**
 * Finds a device of Level Zero. Its order is not that of the bus, and it puts integrated GPUs last or leaves them out: these have no memory
 * of their own.
 */
function findXpu<G extends HostGpu>(
  index: number,
  { visible = ALL_DEVICES, order }: WorkerDevices,
  all: readonly G[],
): G | undefined {
  const isMasked = visible !== ALL_DEVICES;
  const discrete = all.filter(({ totalMib }) => totalMib !== undefined);
  if (isMasked && discrete.length > 0 && discrete.length < all.length) return undefined;
  const gpus = discrete.length > 0 ? discrete : all;
  const [, card, tile] =
    /^\s*(\d{1,4})(\.\d{1,4})?\s*$/.exec(isMasked ? (visible.split(',')[index] ?? '') : String(index)) ?? [];
  if (card === undefined) return undefined;
  const hasTiles = gpus.some(({ totalMib = 0 }) => totalMib > MAX_TILE_MIB);
  const isKnown = gpus.length === 1 || order === PCI_ORDER || areAlike(gpus);
  return isKnown && (tile !== undefined || !hasTiles || gpus.length === 1) ? gpus[Number(card)] : undefined;
}

/** CUDA puts the fastest device first unless it is to use the driver's order: among unlike GPUs, a position says nothing. */
function byPosition<G extends HostGpu>(
  index: number,
  order: string | undefined,
  gpus: readonly G[],
): G | undefined {
  const isCuda = gpus.some(({ device }) => device.startsWith('cuda'));
  const isDriversOrder = !isCuda || order?.toUpperCase() === PCI_ORDER || areAlike(gpus);
  return isDriversOrder ? gpus.find(({ device }) => device.split(':')[1] === String(index)) : undefined;
}

const areAlike = ([first, ...others]: readonly HostGpu[]): boolean =>
  others.every(({ name, totalMib }) => name === first?.name && totalMib === first?.totalMib);

function isSameTotal(bytes: number, mib: number): boolean {
  const total = mib * MEBIBYTE;
  return bytes <= total * 1.01 && bytes >= total * (1 - HIDDEN_SHARE);
}
