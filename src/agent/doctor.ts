import { examineSources, type SourceFinding } from '../gpu/choose-source.js';
import { GPUProfiler } from '../gpu/profiler.js';
import { resolveOptions } from '../gpu/profiler-options.js';
import type { GpuIdentity, GpuReading } from '../gpu/reading.js';

/** Everything that a source may tell of a device, in words. */
const WORDS: Readonly<Record<Exclude<keyof GpuReading, keyof GpuIdentity>, string>> = {
  memoryUsedMib: 'memory used',
  memoryTotalMib: 'memory total',
  memoryFreeMib: 'memory free',
  memoryReservedMib: 'memory reserved',
  gpuPercent: 'utilization',
  memoryControllerPercent: 'memory controller',
  encoderPercent: 'encoder',
  decoderPercent: 'decoder',
  celsius: 'temperature',
  watts: 'power',
  limitWatts: 'power limit',
  energyJoules: 'energy',
  graphicsClockMhz: 'graphics clock',
  smClockMhz: 'SM clock',
  memoryClockMhz: 'memory clock',
  videoClockMhz: 'video clock',
  fanPercent: 'fan',
  pcieTransmitBytesPerSecond: 'PCIe sent',
  pcieReceiveBytesPerSecond: 'PCIe received',
  eccCorrectedErrors: 'ECC corrected',
  eccUncorrectedErrors: 'ECC uncorrected',
  throttleReasons: 'throttling',
  xids: 'Xid errors',
  processes: 'processes',
};

/** What this host has to read GPUs with: what was found, what was not and why, and what to do about it. */
export interface Diagnosis {
  readonly lines: readonly string[];
  /** Whether some source reads a device. */
  readonly healthy: boolean;
}

/**
 * Looks at every way of reading GPUs, and takes a sample with each that this host has.
 *
 * @throws ConfigurationError for a GPU variable that cannot be used
 */
export async function diagnose(): Promise<Diagnosis> {
  const { source: wanted, nvmlLibrary } = resolveOptions({});
  const reports = await Promise.all((await examineSources({ nvmlLibrary })).map(examine));
  const working = reports.filter(({ devices }) => devices > 0);
  const chosen = working.find(({ name }) => wanted === AUTO || wanted === name);
  return {
    lines: [
      'Ways of reading GPUs, the preferred first:',
      ...reports.flatMap(({ name, lines }) => [`${name === chosen?.name ? '→' : ' '} ${name}`, ...lines]),
      conclude(chosen?.name, wanted === AUTO ? undefined : String(wanted)),
    ],
    healthy: chosen !== undefined,
  };
}

const AUTO = 'auto';
const VARIABLE = 'SNAKEPIT_OTEL_GPU_SOURCE';

function conclude(chosen: string | undefined, wanted: string | undefined): string {
  if (chosen !== undefined) {
    return wanted === undefined
      ? `GPUs are read with ${chosen}; ${VARIABLE}, or the option 'source', names another.`
      : `GPUs are read with ${chosen}, as ${VARIABLE} wants it.`;
  }
  return wanted === undefined
    ? 'No GPU can be read on this host.'
    : `No GPU can be read with ${wanted}, which ${VARIABLE} wants; without it, the first that works is taken.`;
}

interface Report {
  readonly name: string;
  readonly devices: number;
  readonly lines: readonly string[];
}

async function examine({ name, absence }: SourceFinding): Promise<Report> {
  if (absence !== undefined) {
    return { name, devices: 0, lines: [`    not here: ${absence.why}`, `    to do: ${absence.advice}`] };
  }
  const profiler = new GPUProfiler({ source: name, enabled: false });
  const startedAt = performance.now();
  try {
    const readings = await profiler.sampleNow();
    const took = (performance.now() - startedAt).toFixed(0);
    const devices = `${readings.length} ${readings.length === 1 ? 'device' : 'devices'}`;
    return {
      name,
      devices: readings.length,
      lines: [`    reads ${devices} in ${took} ms`, ...readings.flatMap(describe)],
    };
  } catch (error) {
    return {
      name,
      devices: 0,
      lines: [`    found, but: ${error instanceof Error ? error.message : String(error)}`],
    };
  } finally {
    await profiler.shutdown();
  }
}

function describe(reading: GpuReading): string[] {
  const { device, name = 'unnamed', pciAddress, uuid, driverVersion, cudaVersion } = reading;
  const driver = driverVersion && `driver ${driverVersion}`;
  const cuda = cudaVersion && `CUDA ${cudaVersion}`;
  const [told, untold] = [true, false].map((wanted) =>
    Object.entries(WORDS)
      .filter(([key]) => (reading[key as keyof GpuReading] !== undefined) === wanted)
      .map(([, word]) => word)
      .join(', '),
  );
  return [
    `    ${[device, name, pciAddress, uuid, driver, cuda].filter(Boolean).join('  ')}`,
    `      told: ${told || 'nothing'}`,
    ...(untold ? [`      not told: ${untold}`] : []),
  ];
}
