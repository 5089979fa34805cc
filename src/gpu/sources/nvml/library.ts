import type { CFunction, Koffi } from './koffi.js';
import { FUNCTION_NOT_FOUND } from './return-codes.js';

/** Default name of the driver's library, which the loader resolves. */
export const DEFAULT_LIBRARY = process.platform === 'win32' ? 'nvml.dll' : 'libnvidia-ml.so.1';

interface EntryPoint {
  /** Exported names, the newest first. All of them take the same arguments. */
  readonly names: readonly [string, ...string[]];
  readonly args: readonly string[];
}

const HANDLE = 'uintptr_t';
const OUT = 'uintptr_t';
const UINT = 'uint32_t';

const entryPoint = (args: readonly string[], ...names: [string, ...string[]]): EntryPoint => ({
  names,
  args,
});

/** The NVML functions in use: docs.nvidia.com/deploy/nvml-api. */
const ENTRY_POINTS = {
  init: entryPoint([], 'nvmlInit_v2'),
  shutdown: entryPoint([], 'nvmlShutdown'),
  driverVersion: entryPoint([OUT, UINT], 'nvmlSystemGetDriverVersion'),
  cudaVersion: entryPoint([OUT], 'nvmlSystemGetCudaDriverVersion_v2'),
  count: entryPoint([OUT], 'nvmlDeviceGetCount_v2'),
  handleByIndex: entryPoint([UINT, OUT], 'nvmlDeviceGetHandleByIndex_v2'),
  uuid: entryPoint([HANDLE, OUT, UINT], 'nvmlDeviceGetUUID'),
  deviceName: entryPoint([HANDLE, OUT, UINT], 'nvmlDeviceGetName'),
  serial: entryPoint([HANDLE, OUT, UINT], 'nvmlDeviceGetSerial'),
  vbiosVersion: entryPoint([HANDLE, OUT, UINT], 'nvmlDeviceGetVbiosVersion'),
  gpuInstanceId: entryPoint([HANDLE, OUT], 'nvmlDeviceGetGpuInstanceId'),
  pciInfo: entryPoint([HANDLE, OUT], 'nvmlDeviceGetPciInfo_v3'),
  computeCapability: entryPoint([HANDLE, OUT, OUT], 'nvmlDeviceGetCudaComputeCapability'),
  memory: entryPoint([HANDLE, OUT], 'nvmlDeviceGetMemoryInfo_v2'),
  memoryWithoutReserved: entryPoint([HANDLE, OUT], 'nvmlDeviceGetMemoryInfo'),
  utilization: entryPoint([HANDLE, OUT], 'nvmlDeviceGetUtilizationRates'),
  encoder: entryPoint([HANDLE, OUT, OUT], 'nvmlDeviceGetEncoderUtilization'),
  decoder: entryPoint([HANDLE, OUT, OUT], 'nvmlDeviceGetDecoderUtilization'),
  temperature: entryPoint([HANDLE, UINT, OUT], 'nvmlDeviceGetTemperature'),
  versionedTemperature: entryPoint([HANDLE, OUT], 'nvmlDeviceGetTemperatureV'),
  power: entryPoint([HANDLE, OUT], 'nvmlDeviceGetPowerUsage'),
  powerLimit: entryPoint([HANDLE, OUT], 'nvmlDeviceGetEnforcedPowerLimit'),
  energy: entryPoint([HANDLE, OUT], 'nvmlDeviceGetTotalEnergyConsumption'),
  clock: entryPoint([HANDLE, UINT, OUT], 'nvmlDeviceGetClockInfo'),
  clockReasons: entryPoint(
    [HANDLE, OUT],
    'nvmlDeviceGetCurrentClocksEventReasons',
    'nvmlDeviceGetCurrentClocksThrottleReasons',
  ),
  fanCount: entryPoint([HANDLE, OUT], 'nvmlDeviceGetNumFans'),
  fan: entryPoint([HANDLE, UINT, OUT], 'nvmlDeviceGetFanSpeed_v2'),
  singleFan: entryPoint([HANDLE, OUT], 'nvmlDeviceGetFanSpeed'),
  pcie: entryPoint([HANDLE, UINT, OUT], 'nvmlDeviceGetPcieThroughput'),
  eccErrors: entryPoint([HANDLE, UINT, UINT, OUT], 'nvmlDeviceGetTotalEccErrors'),
  pcieReplays: entryPoint([HANDLE, OUT], 'nvmlDeviceGetPcieReplayCounter'),
  pcieLinkGeneration: entryPoint([HANDLE, OUT], 'nvmlDeviceGetCurrPcieLinkGeneration'),
  pcieMaxLinkGeneration: entryPoint([HANDLE, OUT], 'nvmlDeviceGetMaxPcieLinkGeneration'),
  pcieLinkWidth: entryPoint([HANDLE, OUT], 'nvmlDeviceGetCurrPcieLinkWidth'),
  pcieMaxLinkWidth: entryPoint([HANDLE, OUT], 'nvmlDeviceGetMaxPcieLinkWidth'),
  fieldValues: entryPoint([HANDLE, 'int', OUT], 'nvmlDeviceGetFieldValues'),
  gpmSupport: entryPoint([HANDLE, OUT], 'nvmlGpmQueryDeviceSupport'),
  gpmAllocate: entryPoint([OUT], 'nvmlGpmSampleAlloc'),
  gpmFree: entryPoint([HANDLE], 'nvmlGpmSampleFree'),
  gpmSample: entryPoint([HANDLE, HANDLE], 'nvmlGpmSampleGet'),
  gpmMigSample: entryPoint([HANDLE, UINT, HANDLE], 'nvmlGpmMigSampleGet'),
  gpmMetrics: entryPoint([OUT], 'nvmlGpmMetricsGet'),
  processesUtilization: entryPoint([HANDLE, OUT], 'nvmlDeviceGetProcessesUtilizationInfo'),
  processUtilization: entryPoint([HANDLE, OUT, OUT, 'uint64_t'], 'nvmlDeviceGetProcessUtilization'),
  // _v2 before _v3: under the name _v3, drivers 535.43 to 535.86 write longer entries.
  computeProcesses: entryPoint(
    [HANDLE, OUT, OUT],
    'nvmlDeviceGetComputeRunningProcesses_v2',
    'nvmlDeviceGetComputeRunningProcesses_v3',
  ),
  graphicsProcesses: entryPoint(
    [HANDLE, OUT, OUT],
    'nvmlDeviceGetGraphicsRunningProcesses_v2',
    'nvmlDeviceGetGraphicsRunningProcesses_v3',
  ),
  mpsProcesses: entryPoint(
    [HANDLE, OUT, OUT],
    'nvmlDeviceGetMPSComputeRunningProcesses_v2',
    'nvmlDeviceGetMPSComputeRunningProcesses_v3',
  ),
  migMode: entryPoint([HANDLE, OUT, OUT], 'nvmlDeviceGetMigMode'),
  maxMigDeviceCount: entryPoint([HANDLE, OUT], 'nvmlDeviceGetMaxMigDeviceCount'),
  migDeviceByIndex: entryPoint([HANDLE, UINT, OUT], 'nvmlDeviceGetMigDeviceHandleByIndex'),
  createEventSet: entryPoint([OUT], 'nvmlEventSetCreate'),
  freeEventSet: entryPoint([HANDLE], 'nvmlEventSetFree'),
  eventTypes: entryPoint([HANDLE, OUT], 'nvmlDeviceGetSupportedEventTypes'),
  registerEvents: entryPoint([HANDLE, 'uint64_t', HANDLE], 'nvmlDeviceRegisterEvents'),
  waitForEvent: entryPoint([HANDLE, OUT, UINT], 'nvmlEventSetWait_v2', 'nvmlEventSetWait'),
} satisfies Record<string, EntryPoint>;

export type NvmlFunction = keyof typeof ENTRY_POINTS;

/** NVML's functions. A function that the library lacks returns `FUNCTION_NOT_FOUND`. */
export type Nvml = Readonly<Record<NvmlFunction, CFunction>> & { unload(): void };

/** Returns NVML's own name of a function. */
export const nvmlName = (fn: NvmlFunction): string => ENTRY_POINTS[fn].names[0];

/**
 * Loads the library and binds its functions.
 *
 * @throws if the loader finds no such library
 */
export function openNvml(koffi: Koffi, path: string): Nvml {
  const library = koffi.load(path);
  const bind = ({ names, args }: EntryPoint): CFunction => {
    for (const name of names) {
      try {
        return library.func(name, 'int', args);
      } catch {
        // This driver does not export the name. Try the older one.
      }
    }
    return () => FUNCTION_NOT_FOUND;
  };
  const functions = Object.fromEntries(
    Object.entries(ENTRY_POINTS).map(([fn, entry]) => [fn, bind(entry)]),
  ) as Record<NvmlFunction, CFunction>;
  return { ...functions, unload: () => library.unload() };
}
