import { MEBIBYTE } from '../common/units.js';
import type { GpuIdentifiers } from './gpu-identity.js';

// A worker's `cuda:0` is not the driver's: CUDA_VISIBLE_DEVICES, CUDA_DEVICE_ORDER and their likes of ROCm stand between the two.
// https://docs.nvidia.com/cuda/cuda-programming-guide/05-appendices/environment-variables.html
// https://rocm.docs.amd.com/en/latest/conceptual/gpu-isolation.html

/** Environment variables of a process. */
export type WorkerEnvironment = Readonly<Record<string, string | undefined>>;

/** A GPU of this host, under the driver's name. */
export interface HostGpu extends GpuIdentifiers {
  /** The driver's name: `cuda:0`, `rocm:1`, `cuda:0:1`. */
  readonly device: string;
  /** Product name. */
  readonly name?: string;
  /** Memory installed, MiB. */
  readonly totalMib?: number;
}

/** What is known of the devices that a worker sees. */
export interface WorkerDevices {
  /** Its list of visible devices, {@link ALL_DEVICES} if it has none; `undefined` if its environment is unknown. */
  readonly visible?: string;
  /** Its order of devices, as in CUDA_DEVICE_ORDER. */
  readonly order?: string;
  /** Memory of the device as the worker sees it, bytes. */
  readonly totalBytes?: number;
}

/** List of visible devices of a process whose environment does not limit them. */
export const ALL_DEVICES = 'all';

/** Share of a device's memory that its framework may not see. */
const HIDDEN_SHARE = 0.07;

/** Reads from the environment of a process which devices of a kind it sees. @param device its name of a device: `cuda:0`, `rocm:0` */
export function visibleDevices(environment: WorkerEnvironment, device: unknown): WorkerDevices {
  const read = (name: string) => environment[name]?.trim();
  const runtime = read('ROCR_VISIBLE_DEVICES');
  const isRocm = runtime !== undefined || read('HIP_VISIBLE_DEVICES') !== undefined;
  // PyTorch calls the devices of ROCm `cuda` as well.
  if (isRocm || (typeof device === 'string' && device.startsWith('rocm'))) {
    const hip = read('HIP_VISIBLE_DEVICES') ?? read('CUDA_VISIBLE_DEVICES');
    if (runtime === undefined || hip === undefined) return { visible: hip ?? runtime ?? ALL_DEVICES };
    // HIP numbers the devices that the runtime below it has left.
    const left = runtime.split(',');
    return {
      visible: hip
        .split(',')
        .map((entry) => left[Number(entry)] ?? entry)
        .join(','),
    };
  }
  return { visible: read('CUDA_VISIBLE_DEVICES') ?? ALL_DEVICES, order: read('CUDA_DEVICE_ORDER') };
}

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
  const [, kind, index = '0'] = /^(cuda|rocm)(?::(\d+))?$/.exec(device) ?? [];
  if (kind === undefined) return gpus.find((gpu) => gpu.device === device);
  const hasCuda = gpus.some((gpu) => gpu.device.startsWith('cuda:'));
  const all = gpus.filter((gpu) => gpu.device.startsWith(hasCuda ? `${kind}:` : 'rocm:'));
  // A slice has its GPU's name and its own number.
  const whole = all.filter((gpu) => gpu.device.split(':').length === 2);
  const { totalBytes } = worker;
  const fits = ({ totalMib }: G) =>
    totalBytes === undefined || totalMib === undefined || isSameTotal(totalBytes, totalMib);

  const byEnvironment =
    worker.visible === undefined ? undefined : findVisible(Number(index), worker, all, whole);
  if (byEnvironment !== undefined && fits(byEnvironment)) return byEnvironment;
  if (totalBytes !== undefined) {
    const [only, ...others] = whole.filter((gpu) => gpu.totalMib !== undefined && fits(gpu));
    return others.length === 0 && (worker.visible === undefined || byEnvironment === undefined)
      ? only
      : undefined;
  }
  return worker.visible === undefined && whole.length === 1 && index === '0' ? whole[0] : undefined;
}

function findVisible<G extends HostGpu>(
  index: number,
  { visible = ALL_DEVICES, order }: WorkerDevices,
  all: readonly G[],
  whole: readonly G[],
): G | undefined {
  if (visible === ALL_DEVICES) return byPosition(index, order, whole);
  const entries = visible.split(',').map((entry) => entry.trim());
  // An invalid entry hides itself and those after it.
  const end = entries.findIndex((entry) => !/^(?:\d+|(?:GPU|MIG)-.+|[0-9a-f]{16})$/i.test(entry));
  const entry = entries.slice(0, end < 0 ? entries.length : end)[index];
  if (entry === undefined) return undefined;
  if (/^\d{1,4}$/.test(entry)) return byPosition(Number(entry), order, whole);
  const id = entry.toLowerCase();
  const named = all.filter(({ uuid }) => {
    const known = uuid?.toLowerCase();
    return known !== undefined && (known.startsWith(id) || `gpu-${known}`.startsWith(id));
  });
  return named.length === 1 ? named[0] : undefined;
}

/** CUDA puts the fastest device first unless it is to use the driver's order: among unlike GPUs, a position says nothing. */
function byPosition<G extends HostGpu>(
  index: number,
  order: string | undefined,
  gpus: readonly G[],
): G | undefined {
  const isCuda = gpus.some(({ device }) => device.startsWith('cuda'));
  const isDriversOrder = !isCuda || order?.toUpperCase() === 'PCI_BUS_ID' || areAlike(gpus);
  return isDriversOrder ? gpus.find(({ device }) => device.split(':')[1] === String(index)) : undefined;
}

const areAlike = ([first, ...others]: readonly HostGpu[]): boolean =>
  others.every(({ name, totalMib }) => name === first?.name && totalMib === first?.totalMib);

function isSameTotal(bytes: number, mib: number): boolean {
  const total = mib * MEBIBYTE;
  return bytes <= total * 1.01 && bytes >= total * (1 - HIDDEN_SHARE);
}
