import { join } from 'node:path';
import { isSource } from '../gpu/choose-source.js';
import { completeSample } from '../gpu/complete-sample.js';
import type { GpuReading } from '../gpu/readings.js';
import type { GpuSample, GpuSource } from '../gpu/source.js';
import { QUERY_COLUMNS } from '../gpu/sources/nvidia-smi/columns.js';
import { findNvidiaSmi } from '../gpu/sources/nvidia-smi/find-nvidia-smi.js';
import { NvidiaSmiSource } from '../gpu/sources/nvidia-smi/nvidia-smi-source.js';
import { probeNvml } from '../gpu/sources/nvml/probe.js';
import { TegraSource } from '../gpu/sources/tegra/tegra-source.js';
import { list } from '../system/files.js';
import type { FamilyDetection } from './family-detection.js';
import type { Host } from './host.js';
import type { CudaDeviceInfo, CudaInfo } from './info.js';

/** Drivers before 510 reject `compute_cap`, and most reject `cuda_version`. */
const COLUMNS = [...QUERY_COLUMNS, 'compute_cap', 'cuda_version'];
const LIBRARY_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'usr/lib64',
  'usr/lib',
  'usr/local/cuda/lib64',
];

/** Detects NVIDIA GPUs with the sources that sample them: a Tegra's files, else NVML, else nvidia-smi. Does not need the CUDA toolkit. */
export async function detectCuda(host: Host, signal: AbortSignal): Promise<FamilyDetection<CudaInfo>> {
  const [{ sample, isInstalled }, cudnnVersion] = await Promise.all([
    readDevices(host, signal),
    findCudnn(host),
  ]);
  // A MIG slice is a part of a device.
  const gpus = sample.readings.filter(({ parentUuid }) => parentUuid === undefined);
  const [first] = gpus;
  if (first === undefined) return { isComplete: !isInstalled };
  return {
    isComplete: sample.isPartial !== true,
    value: {
      version: first.cudaVersion,
      driverVersion: first.driverVersion,
      cudnnVersion,
      devices: gpus.map(deviceInfo),
    },
  };
}

interface Devices {
  readonly sample: GpuSample;
  /** True if there is a driver: without devices it has failed. */
  readonly isInstalled: boolean;
}

async function readDevices({ root, gpu }: Host, signal: AbortSignal): Promise<Devices> {
  const tegra = await readOnce(new TegraSource(join(root, 'sys')), signal);
  if (tegra.readings.length > 0) return { sample: tegra, isInstalled: true };
  const probed = probeNvml(gpu.nvmlLibrary);
  const nvml = await untilAborted(probed, signal);
  if (nvml === undefined) {
    // The driver hangs; a source that is found later is not needed.
    void probed.then((late) => (isSource(late) ? late.close() : undefined));
    return { sample: EMPTY, isInstalled: true };
  }
  if (isSource(nvml)) {
    const sample = await readOnce(nvml, signal);
    if (sample.readings.length > 0) return { sample, isInstalled: true };
  }
  const nvidiaSmi = await findNvidiaSmi(gpu.nvidiaSmi);
  const isInstalled = isSource(nvml) || nvml.isInstalled === true || nvidiaSmi !== undefined;
  if (nvidiaSmi === undefined) return { sample: EMPTY, isInstalled };
  return {
    sample: await readOnce(new NvidiaSmiSource(nvidiaSmi, { columns: COLUMNS }), signal),
    isInstalled,
  };
}

const EMPTY: GpuSample = { readings: [], faults: [] };

/** Returns no readings if the source fails: detection goes on with the next one. */
async function readOnce(source: GpuSource, signal: AbortSignal): Promise<GpuSample> {
  try {
    return completeSample(await source.sample(signal));
  } catch {
    return EMPTY;
  } finally {
    await source.close().catch(() => {});
  }
}

/** Returns the result, or `undefined` if the signal is aborted first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([work, aborted]);
}

const deviceInfo = ({
  index,
  name,
  uuid,
  memoryTotalMib,
  memoryFreeMib,
  computeCapability,
}: GpuReading): CudaDeviceInfo => ({
  id: index,
  name,
  uuid,
  memoryTotalMib,
  memoryFreeMib,
  computeCapability,
});

/** Returns the version in the name of the library file; the longest is the most precise. */
async function findCudnn(host: Host): Promise<string | undefined> {
  const found = await Promise.all(
    LIBRARY_FOLDERS.map((folder) => list(join(host.root, folder), /^libcudnn\.so\.\d+(?:\.\d+)*$/)),
  );
  return found
    .flat()
    .map((name) => name.replace('libcudnn.so.', ''))
    .sort((one, other) => other.length - one.length)[0];
}
