// The values that each source of GPU readings can report. test/gpu/sources-document.test.ts compares them with the sources.

/** Names of the sources, in the order of the document. */
export const SOURCES = ['tegra', 'nvml', 'nvidia-smi', 'amdgpu', 'intel', 'apple'];

/** What identifies a device, with its name for people. */
export const IDENTITY = {
  name: 'name',
  uuid: 'UUID',
  pciAddress: 'PCI address',
  driverVersion: 'driver version',
  firmwareVersion: 'firmware version (VBIOS)',
  serialNumber: 'serial number',
  cudaVersion: 'CUDA version',
  computeCapability: 'CUDA compute capability',
  parentUuid: 'MIG slices, partitions',
  gpuInstanceId: 'GPU instance of a MIG slice',
  computePartition: 'partition mode',
};

const MEMORY = ['memoryUsedMib', 'memoryTotalMib', 'memoryFreeMib'];

/** Keys of the values that a source reports; of `nvml`, all but these. */
export const REPORTED = {
  tegra: [
    'name',
    'computeCapability',
    ...MEMORY,
    'unifiedMemory',
    'gpuPercent',
    'celsius',
    'watts',
    'graphicsClockMhz',
  ],
  'nvidia-smi': [
    'name',
    'uuid',
    'pciAddress',
    'driverVersion',
    ...MEMORY,
    'memoryReservedMib',
    'gpuPercent',
    'memoryControllerPercent',
    'encoderPercent',
    'decoderPercent',
    'celsius',
    'watts',
    'limitWatts',
    'graphicsClockMhz',
    'smClockMhz',
    'memoryClockMhz',
    'videoClockMhz',
    'fanPercent',
    'eccCorrectedErrors',
    'eccUncorrectedErrors',
    'throttleReasons',
    'processes',
  ],
  amdgpu: [
    'name',
    'uuid',
    'pciAddress',
    'driverVersion',
    'firmwareVersion',
    'serialNumber',
    'computePartition',
    ...MEMORY,
    'gpuPercent',
    'memoryControllerPercent',
    'celsius',
    'memoryCelsius',
    'watts',
    'limitWatts',
    'energyJoules',
    'graphicsClockMhz',
    'memoryClockMhz',
    'fanPercent',
    'eccCorrectedErrors',
    'eccUncorrectedErrors',
    'processes',
  ],
  intel: [
    'pciAddress',
    'driverVersion',
    ...MEMORY,
    'gpuPercent',
    'celsius',
    'memoryCelsius',
    'watts',
    'limitWatts',
    'energyJoules',
    'graphicsClockMhz',
    'processes',
  ],
  apple: ['name', 'memoryUsedMib', 'memoryTotalMib', 'unifiedMemory', 'gpuPercent'],
};

/** Keys that NVML does not report. */
export const NOT_OF_NVML = ['unifiedMemory', 'computePartition'];
