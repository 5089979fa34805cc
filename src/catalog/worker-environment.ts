// The environment of a process determines which devices it sees, and their order.
// https://docs.nvidia.com/cuda/cuda-programming-guide/05-appendices/environment-variables.html
// https://rocm.docs.amd.com/en/latest/conceptual/gpu-isolation.html
// https://oneapi-src.github.io/level-zero-spec/level-zero/latest/core/PROG.html#environment-variables

/** Environment variables of a process. */
export type WorkerEnvironment = Readonly<Record<string, string | undefined>>;

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

/** Order of devices by their PCI addresses. */
export const PCI_ORDER = 'PCI_BUS_ID';
/** Hides itself and the entries after it. */
const INVALID = '-1';
/** Reads from the environment of a process which devices of a kind it sees. @param device its name of a device: `cuda:0`, `rocm:0` */
export function visibleDevices(environment: WorkerEnvironment, device: unknown): WorkerDevices {
  const read = (name: string) => environment[name]?.trim();
  if (typeof device === 'string' && device.startsWith('xpu')) {
    const isPciOrder = read('ZE_ENABLE_PCI_ID_DEVICE_ORDER') === '1';
    const selected = /^(?:level_zero|\*):(\d[\d.,]*)$/.exec(read('ONEAPI_DEVICE_SELECTOR') ?? '')?.[1];
    return {
      visible: select(read('ZE_AFFINITY_MASK') || undefined, selected) ?? ALL_DEVICES,
      ...(isPciOrder && { order: PCI_ORDER }),
    };
  }
  const runtime = read('ROCR_VISIBLE_DEVICES');
  const isRocm = runtime !== undefined || read('HIP_VISIBLE_DEVICES') !== undefined;
  // PyTorch calls the devices of ROCm `cuda` as well.
  if (isRocm || (typeof device === 'string' && device.startsWith('rocm'))) {
    // An empty list is none for HIP, and hides all devices from the runtime below it.
    const hip = read('HIP_VISIBLE_DEVICES') || read('CUDA_VISIBLE_DEVICES') || undefined;
    return { visible: select(runtime, hip) ?? ALL_DEVICES };
  }
  return { visible: read('CUDA_VISIBLE_DEVICES') ?? ALL_DEVICES, order: read('CUDA_DEVICE_ORDER') };
}

/** Returns the devices that the second list selects of those which the first one has left. It numbers them, or has their names. */
function select(left: string | undefined, selection: string | undefined): string | undefined {
  if (left === undefined || selection === undefined) return left ?? selection;
  const entries = left.split(',');
  return selection
    .split(',')
    .map((entry) => (/^ *\d+ *$/.test(entry) ? (entries[Number(entry)] ?? INVALID) : entry))
    .join(',');
}
