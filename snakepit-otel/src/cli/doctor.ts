import type { GpuReading, GpuSample, GpuSource } from 'opentelemetry-instrumentation-snakepit';
import {
  completeSample,
  Deadline,
  errorMessage,
  GPU_READING_LABELS,
  isSource,
  probeSources,
  resolveOptions,
  type SourceProbe,
  singleLine,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { remedyFor } from './fault-remedies.js';

/** The GPU sources of this host, what they read, and what to do about those that read nothing. */
export interface Diagnosis {
  readonly lines: readonly string[];
  /** True if the source that a profiler would select reads a device. */
  readonly healthy: boolean;
}

/**
 * Probes every GPU source, and takes a sample with each that is available.
 *
 * @throws ConfigurationError (as a rejection) for an invalid GPU variable
 */
export async function diagnose(): Promise<Diagnosis> {
  const { source: choice, nvmlLibrary, nvidiaSmi, timeoutMs } = resolveOptions({});
  // Sources do not keep the process alive.
  const keepAlive = setInterval(() => {}, 1000);
  const probes = await probeSources({ nvmlLibrary, nvidiaSmi, timeoutMs });
  const reports = await Promise.all(probes.map((probe) => examine(probe, timeoutMs)));
  clearInterval(keepAlive);
  // As a profiler selects: the first available source, even if it reads nothing.
  const selected = reports.find(({ name, isAvailable }) => (choice === AUTO ? isAvailable : name === choice));
  const healthy = selected !== undefined && selected.deviceCount > 0;
  const alternative = healthy ? undefined : reports.find(({ deviceCount }) => deviceCount > 0);
  return {
    lines: [
      'GPU sources in order of preference:',
      ...reports.flatMap(({ name, lines }) => [
        `${healthy && name === selected.name ? '→' : ' '} ${name}`,
        ...lines,
      ]),
      conclude(healthy, selected?.name, choice === AUTO),
      ...(alternative === undefined
        ? []
        : [
            `${VARIABLE}=${alternative.name}, or the option 'source', selects a source that reads a GPU here.`,
          ]),
    ],
    healthy,
  };
}

const AUTO = 'auto';
/** Integrated GPUs of Jetson boards, by the names that their driver reports. */
const TEGRA = /\b(?:nvgpu|Tegra|Orin|Xavier)\b/i;
const TEGRA_REMEDY =
  "this is a Tegra, whose GPU is read from its own files: give an object with sample() as the option 'source' (docs/gpu-sources.md)";
const VARIABLE = 'SNAKEPIT_OTEL_GPU_SOURCE';

function conclude(healthy: boolean, selected: string | undefined, isAutomatic: boolean): string {
  if (selected === undefined) return 'No GPU can be read on this host.';
  if (!healthy) {
    return isAutomatic
      ? `The source ${selected} is selected automatically, but reads no GPU.`
      : `The source ${selected}, which ${VARIABLE} selects, reads no GPU.`;
  }
  return isAutomatic
    ? `The source ${selected} is selected automatically; ${VARIABLE}, or the option 'source', selects another.`
    : `The source ${selected} is selected by ${VARIABLE}.`;
}

interface SourceReport {
  readonly name: string;
  readonly isAvailable: boolean;
  readonly deviceCount: number;
  readonly lines: readonly string[];
}

async function examine({ name, result: source }: SourceProbe, timeoutMs: number): Promise<SourceReport> {
  if (!isSource(source)) {
    return {
      name,
      isAvailable: false,
      deviceCount: 0,
      lines: [
        `    not available: ${singleLine(source.reason, 1024)}`,
        `    remedy: ${singleLine(source.remedy, 1024)}`,
      ],
    };
  }
  const startedAt = performance.now();
  try {
    const { readings, faults } = completeSample(await sampleOnce(source, timeoutMs));
    const duration = (performance.now() - startedAt).toFixed(0);
    const devices = `${readings.length} ${readings.length === 1 ? 'device' : 'devices'}`;
    return {
      name,
      isAvailable: true,
      deviceCount: readings.filter(isReported).length,
      lines: [
        `    reads ${devices} in ${duration} ms`,
        ...readings.flatMap(describe),
        ...faults.flatMap(({ detail }) => withRemedy('fault', detail)),
      ],
    };
  } catch (error) {
    return { name, isAvailable: true, deviceCount: 0, lines: withRemedy('failed', errorMessage(error)) };
  } finally {
    await source.close();
  }
}

function withRemedy(what: string, detail: string): string[] {
  const remedy = remedyFor(detail);
  return [
    `    ${what}: ${singleLine(detail, 1024)}`,
    ...(remedy === undefined ? [] : [`    remedy: ${remedy}`]),
  ];
}

/** Returns true if a driver reports anything but the identity of a device. */
const isReported = (reading: GpuReading): boolean =>
  [...GPU_READING_LABELS.keys()].some((key) => {
    const value = reading[key];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });

function sampleOnce(source: GpuSource, timeoutMs: number): Promise<GpuSample> {
  const timeoutError = () => new Error(`no answer within ${timeoutMs} ms`);
  return new Deadline((signal) => source.sample(signal), timeoutMs, timeoutError).result;
}

function describe(reading: GpuReading): string[] {
  const { device, name = 'unnamed', pciAddress, uuid, driverVersion, cudaVersion } = reading;
  const driver = driverVersion && `driver ${driverVersion}`;
  const cuda = cudaVersion && `CUDA ${cudaVersion}`;
  const labels = (isReported: boolean) =>
    [...GPU_READING_LABELS]
      .filter(([key]) => (reading[key] !== undefined) === isReported)
      .map(([, label]) => label)
      .join(', ');
  const unreported = labels(false);
  return [
    `    ${[device, name, pciAddress, uuid, driver, cuda].flatMap((part) => (part ? singleLine(part) : [])).join('  ')}`,
    `      reported: ${labels(true) || 'nothing'}`,
    ...(unreported ? [`      not reported: ${unreported}`] : []),
    ...(isReported(reading)
      ? []
      : [
          `      remedy: ${TEGRA.test(name) ? TEGRA_REMEDY : 'update the driver: it reports nothing of this GPU'}`,
        ]),
  ];
}
