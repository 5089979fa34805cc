import { writeFile } from 'node:fs/promises';
import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import type { LiveSource } from '../live/live-source.js';
import type { Section } from './view-state.js';

/** Lists that an agent exports. */
const EXPORTED: ReadonlySet<Section> = new Set(['gpus', 'traces', 'errors', 'events']);

/** Writes a list to a new file in the working directory, as JSON. Returns what was done, for people. */
export async function exportList(source: LiveSource, section: Section): Promise<string> {
  if (!EXPORTED.has(section))
    return `There is no export of ${section}: GPUs, traces, errors and events have one.`;
  const stamp = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15);
  const file = `snakepit-${section}-${stamp}.json`;
  try {
    // An export may be larger than what fits into a string.
    const data = await source.open(`/api/v1/export?kind=${section}&format=json&range=1h`);
    await writeFile(file, data, { flag: 'wx' });
    return `Wrote ${file}`;
  } catch (error) {
    return `Not written: ${errorMessage(error)}`;
  }
}
