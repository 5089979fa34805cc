import type { CFunction, Koffi } from './koffi.js';
import { FUNCTION_NOT_FOUND } from './return-codes.js';

/** Where the driver's library is looked for unless told otherwise: where the loader finds it. */
export const DEFAULT_LIBRARY = process.platform === 'win32' ? 'nvml.dll' : 'libnvidia-ml.so.1';

interface EntryPoint {
  /** The newest name first; older ones have the same arguments. */
  readonly names: readonly [string, ...string[]];
  readonly args: readonly string[];
}

const HANDLE = 'uintptr_t';
const OUT = 'uintptr_t';
const UINT = 'uint32_t';

const entry = (args: readonly string[], ...names: [string, ...string[]]): EntryPoint => ({ names, args });

/** The functions of NVML that are used, under names of our own. */
const ENTRY_POINTS = {
  init: entry([], 'nvmlInit_v2'),
  shutdown: entry([], 'nvmlShutdown'),
  driverVersion: entry([OUT, UINT], 'nvmlSystemGetDriverVersion'),
  cudaVersion: entry([OUT], 'nvmlSystemGetCudaDriverVersion_v2'),
  count: entry([OUT], 'nvmlDeviceGetCount_v2'),
  handleByIndex: entry([UINT, OUT], 'nvmlDeviceGetHandleByIndex_v2'),
  uuid: entry([HANDLE, OUT, UINT], 'nvmlDeviceGetUUID'),
  deviceName: entry([HANDLE, OUT, UINT], 'nvmlDeviceGetName'),
  pciInfo: entry([HANDLE, OUT], 'nvmlDeviceGetPciInfo_v3'),
  memory: entry([HANDLE, OUT], 'nvmlDeviceGetMemoryInfo_v2'),
  memoryWithoutReserved: entry([HANDLE, OUT], 'nvmlDeviceGetMemoryInfo'),
  utilization: entry([HANDLE, OUT], 'nvmlDeviceGetUtilizationRates'),
  encoder: entry([HANDLE, OUT, OUT], 'nvmlDeviceGetEncoderUtilization'),
  decoder: entry([HANDLE, OUT, OUT], 'nvmlDeviceGetDecoderUtilization'),
  temperature: entry([HANDLE, UINT, OUT], 'nvmlDeviceGetTemperature'),
  versionedTemperature: entry([HANDLE, OUT], 'nvmlDeviceGetTemperatureV'),
  power: entry([HANDLE, OUT], 'nvmlDeviceGetPowerUsage'),
  powerLimit: entry([HANDLE, OUT], 'nvmlDeviceGetEnforcedPowerLimit'),
  energy: entry([HANDLE, OUT], 'nvmlDeviceGetTotalEnergyConsumption'),
  clock: entry([HANDLE, UINT, OUT], 'nvmlDeviceGetClockInfo'),
  clockReasons: entry(
    [HANDLE, OUT],
    'nvmlDeviceGetCurrentClocksEventReasons',
    'nvmlDeviceGetCurrentClocksThrottleReasons',
  ),
  fanCount: entry([HANDLE, OUT], 'nvmlDeviceGetNumFans'),
  fan: entry([HANDLE, UINT, OUT], 'nvmlDeviceGetFanSpeed_v2'),
  onlyFan: entry([HANDLE, OUT], 'nvmlDeviceGetFanSpeed'),
  pcie: entry([HANDLE, UINT, OUT], 'nvmlDeviceGetPcieThroughput'),
  eccErrors: entry([HANDLE, UINT, UINT, OUT], 'nvmlDeviceGetTotalEccErrors'),
  // Not _v3 while there is _v2: with the same name and arguments, drivers 535.43 to 535.86 write longer entries.
  computeProcesses: entry(
    [HANDLE, OUT, OUT],
    'nvmlDeviceGetComputeRunningProcesses_v2',
    'nvmlDeviceGetComputeRunningProcesses_v3',
  ),
  graphicsProcesses: entry(
    [HANDLE, OUT, OUT],
    'nvmlDeviceGetGraphicsRunningProcesses_v2',
    'nvmlDeviceGetGraphicsRunningProcesses_v3',
  ),
  migMode: entry([HANDLE, OUT, OUT], 'nvmlDeviceGetMigMode'),
  sliceCount: entry([HANDLE, OUT], 'nvmlDeviceGetMaxMigDeviceCount'),
  sliceByIndex: entry([HANDLE, UINT, OUT], 'nvmlDeviceGetMigDeviceHandleByIndex'),
  createEventSet: entry([OUT], 'nvmlEventSetCreate'),
  freeEventSet: entry([HANDLE], 'nvmlEventSetFree'),
  eventTypes: entry([HANDLE, OUT], 'nvmlDeviceGetSupportedEventTypes'),
  registerEvents: entry([HANDLE, 'uint64_t', HANDLE], 'nvmlDeviceRegisterEvents'),
  waitForEvent: entry([HANDLE, OUT, UINT], 'nvmlEventSetWait_v2', 'nvmlEventSetWait'),
} satisfies Record<string, EntryPoint>;

export type NvmlFunction = keyof typeof ENTRY_POINTS;

/** NVML's functions; one that this library lacks answers as NVML does for what it lacks. */
export type Nvml = Readonly<Record<NvmlFunction, CFunction>> & { unload(): void };

/** NVML's own name of a function. */
export const nameOf = (name: NvmlFunction): string => ENTRY_POINTS[name].names[0];

/** @throws where the loader finds no such library */
export function openNvml(koffi: Koffi, path: string): Nvml {
  const library = koffi.load(path);
  const bind = ({ names, args }: EntryPoint): CFunction => {
    for (const name of names) {
      try {
        return library.func(name, 'int', args);
      } catch {
        // Older drivers lack it, under this name at least.
      }
    }
    return () => FUNCTION_NOT_FOUND;
  };
  const functions = Object.fromEntries(
    Object.entries(ENTRY_POINTS).map(([name, point]) => [name, bind(point)]),
  ) as Record<NvmlFunction, CFunction>;
  return { ...functions, unload: () => library.unload() };
}
