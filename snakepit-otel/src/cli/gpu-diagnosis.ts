import { probeSources, resolveOptions } from 'opentelemetry-instrumentation-snakepit/internal';
import { VARIABLE } from './gpu-source-variable.js';
import { examine, readsGpu, type SourceReport } from './source-report.js';

/** The GPU sources of this host, what they read, and what to do about those that read nothing. */
export interface Diagnosis {
  /** True if the source that a profiler would select reads a device. */
  readonly healthy: boolean;
  /** Source that a profiler would select; absent if there is none. */
  readonly selected?: string;
  /** Source that reads a GPU, if the selected one reads none. */
  readonly alternative?: string;
  readonly conclusion: string;
  /** All sources, in order of preference. */
  readonly sources: readonly SourceReport[];
}

const AUTO = 'auto';

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
  const sources = await Promise.all(probes.map((probe) => examine(probe, timeoutMs)));
  clearInterval(keepAlive);
  // As a profiler selects: the first available source, even if it reads nothing.
  const selected = sources.find(({ name, available }) => (choice === AUTO ? available : name === choice));
  const healthy = selected !== undefined && readsGpu(selected);
  const alternative = healthy ? undefined : sources.find(readsGpu);
  return {
    healthy,
    ...(selected && { selected: selected.name }),
    ...(alternative && { alternative: alternative.name }),
    conclusion: conclude(healthy, selected?.name, choice === AUTO),
    sources,
  };
}

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
