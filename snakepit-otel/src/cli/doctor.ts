import type { GpuIdentity, GpuReading, GpuSample, GpuSource } from 'opentelemetry-instrumentation-snakepit';
import {
  Deadline,
  errorMessage,
  isSource,
  probeSources,
  resolveOptions,
  type SourceProbe,
} from 'opentelemetry-instrumentation-snakepit/internal';

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
  const { source: wanted, nvmlLibrary, timeoutMs } = resolveOptions({});
  // What reads GPUs does not keep the process alive.
  const hold = setInterval(() => {}, 1000);
  const findings = await probeSources({ nvmlLibrary });
  const reports = await Promise.all(findings.map((finding) => examine(finding, timeoutMs)));
  clearInterval(hold);
  // As a profiler chooses: what is there is taken, whether it works or not.
  const chosen = reports.find(({ name, isHere }) => (wanted === AUTO ? isHere : name === wanted));
  const healthy = chosen !== undefined && chosen.devices > 0;
  const other = healthy ? undefined : reports.find(({ devices }) => devices > 0);
  return {
    lines: [
      'Ways of reading GPUs, the preferred first:',
      ...reports.flatMap(({ name, lines }) => [
        `${healthy && name === chosen.name ? '→' : ' '} ${name}`,
        ...lines,
      ]),
      conclude(healthy, chosen?.name, wanted === AUTO),
      ...(other === undefined
        ? []
        : [`${VARIABLE}=${other.name}, or the option 'source', reads what is here.`]),
    ],
    healthy,
  };
}

const AUTO = 'auto';
const VARIABLE = 'SNAKEPIT_OTEL_GPU_SOURCE';

function conclude(healthy: boolean, chosen: string | undefined, isAutomatic: boolean): string {
  if (chosen === undefined) return 'No GPU can be read on this host.';
  if (!healthy) {
    return isAutomatic
      ? `${chosen} is what GPUs are read with here, and it reads none.`
      : `No GPU can be read with ${chosen}, which ${VARIABLE} wants.`;
  }
  return isAutomatic
    ? `GPUs are read with ${chosen}; ${VARIABLE}, or the option 'source', names another.`
    : `GPUs are read with ${chosen}, as ${VARIABLE} wants it.`;
}

interface Report {
  readonly name: string;
  readonly isHere: boolean;
  readonly devices: number;
  readonly lines: readonly string[];
}

async function examine({ name, result: found }: SourceProbe, timeoutMs: number): Promise<Report> {
  if (!isSource(found)) {
    return {
      name,
      isHere: false,
      devices: 0,
      lines: [`    not here: ${found.reason}`, `    to do: ${found.remedy}`],
    };
  }
  const startedAt = performance.now();
  try {
    const { readings, faults } = await within(timeoutMs, found);
    const took = (performance.now() - startedAt).toFixed(0);
    const devices = `${readings.length} ${readings.length === 1 ? 'device' : 'devices'}`;
    return {
      name,
      isHere: true,
      devices: readings.length,
      lines: [
        `    reads ${devices} in ${took} ms`,
        ...readings.flatMap(describe),
        ...faults.map(({ detail }) => `    fault: ${detail}`),
      ],
    };
  } catch (error) {
    return { name, isHere: true, devices: 0, lines: [`    found, but: ${errorMessage(error)}`] };
  } finally {
    await found.close();
  }
}

function within(timeoutMs: number, source: GpuSource): Promise<GpuSample> {
  const late = () => new Error(`no answer within ${timeoutMs} ms`);
  return new Deadline((signal) => source.sample(signal), timeoutMs, late).result;
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
