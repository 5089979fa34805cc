import { GPU_READING_LABELS } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Diagnosis } from './gpu-diagnosis.js';
import { VARIABLE } from './gpu-source-variable.js';
import type { DeviceReport, Problem, ReadingKey, SourceReport } from './source-report.js';

/** Returns a diagnosis as lines for people. */
export function diagnosisLines({ healthy, selected, alternative, conclusion, sources }: Diagnosis): string[] {
  return [
    'GPU sources in order of preference:',
    ...sources.flatMap((source) => [
      `${healthy && source.name === selected ? '→' : ' '} ${source.name}`,
      ...sourceLines(source),
    ]),
    conclusion,
    ...(alternative === undefined
      ? []
      : [`${VARIABLE}=${alternative}, or the option 'source', selects a source that reads a GPU here.`]),
  ];
}

function sourceLines({ available, durationMs, devices, failure, faults }: SourceReport): string[] {
  if (failure !== undefined) return problemLines(available ? 'failed' : 'not available', failure);
  const count = `${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`;
  return [
    `    reads ${count} in ${durationMs} ms`,
    ...devices.flatMap(deviceLines),
    ...faults.flatMap((fault) => problemLines('fault', fault)),
  ];
}

const problemLines = (what: string, { cause, remedy }: Problem): string[] => [
  `    ${what}: ${cause}`,
  ...(remedy === undefined ? [] : [`    remedy: ${remedy}`]),
];

function deviceLines(report: DeviceReport): string[] {
  const { device, name = 'unnamed', pciAddress, uuid, driverVersion, cudaVersion } = report;
  const driver = driverVersion && `driver ${driverVersion}`;
  const cuda = cudaVersion && `CUDA ${cudaVersion}`;
  return [
    `    ${[device, name, pciAddress, uuid, driver, cuda].filter((part) => part !== undefined).join('  ')}`,
    `      reported: ${labels(report.reported) || 'nothing'}`,
    ...(report.notReported.length === 0 ? [] : [`      not reported: ${labels(report.notReported)}`]),
    ...(report.remedy === undefined ? [] : [`      remedy: ${report.remedy}`]),
  ];
}

const labels = (keys: readonly ReadingKey[]): string =>
  keys.map((key) => GPU_READING_LABELS.get(key)).join(', ');
