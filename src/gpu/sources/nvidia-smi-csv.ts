import { inline } from '../../events/format.js';
import type { GpuReading } from '../reading.js';
import type { GpuFault, GpuSample } from '../source.js';

/** The readings that are numbers. */
type Measured = {
  [K in keyof GpuReading]-?: GpuReading[K] extends number | undefined ? K : never;
}[Exclude<keyof GpuReading, 'index'>];

/** Columns that are numbers, and the reading that each becomes. */
const NUMBERS: ReadonlyMap<string, Measured> = new Map([
  ['memory.total', 'memoryTotalMib'],
  ['memory.used', 'memoryUsedMib'],
  ['memory.free', 'memoryFreeMib'],
  ['utilization.gpu', 'gpuPercent'],
  ['utilization.memory', 'memoryControllerPercent'],
  ['temperature.gpu', 'celsius'],
  ['power.draw', 'watts'],
  ['enforced.power.limit', 'limitWatts'],
]);

/** Columns that are text. */
const TEXTS: ReadonlyMap<string, 'uuid' | 'name' | 'pciAddress'> = new Map([
  ['uuid', 'uuid'],
  ['name', 'name'],
  ['pci.bus_id', 'pciAddress'],
]);

/** The columns to ask nvidia-smi for: few enough that every driver since at least 2013 knows them all. */
export const QUERY: readonly string[] = ['index', ...TEXTS.keys(), ...NUMBERS.keys()];

// How drivers say that a device has no such reading: `[Not Supported]` until about 2020, `[N/A]` since.
const UNSUPPORTED = /^\[?(?:n\/a|not supported)\]?$/i;
const NUMBER = /^(-?\d+(?:\.\d+)?)(?: ?(?:MiB|%|W))?$/;

/** A text field; `undefined` where the driver has nothing to say. */
export const parseText = (field: string): string | undefined =>
  field === '' || UNSUPPORTED.test(field) ? undefined : field;

/** A number field, with or without its unit; `undefined` where it is none. */
export function parseNumber(field: string): number | undefined {
  const number = NUMBER.exec(field)?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * Reads what `nvidia-smi --query-gpu=… --format=csv` prints, with or without units, in whatever columns the header
 * names. What a driver does not support is absent; a bad field costs the field and a bad line costs the line, and
 * both are told as faults. Never throws.
 */
export function parseNvidiaSmiCsv(output: string): GpuSample {
  const readings: GpuReading[] = [];
  const faults: GpuFault[] = [];
  let columns: string[] | undefined;
  let rows = 0;

  for (const line of output.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    if (columns === undefined) {
      columns = readHeader(line);
      if (columns === undefined) faults.push(unreadable(line));
      continue;
    }
    const row = readRow(line, columns, rows++);
    if (row === undefined) faults.push(unreadable(line));
    else {
      readings.push(row.reading);
      if (row.fault !== undefined) faults.push(row.fault);
    }
  }
  if (columns === undefined && faults.length === 0)
    faults.push({ reason: 'unreadable', detail: 'no output' });
  return { readings, faults };
}

/** `memory.total [MiB]` is the column `memory.total`. A line without any column that we know is no header. */
function readHeader(line: string): string[] | undefined {
  const columns = line.split(',').map((column) => column.replace(/\[.*\]/, '').trim());
  return columns.some((column) => NUMBERS.has(column)) ? columns : undefined;
}

function readRow(
  line: string,
  columns: readonly string[],
  row: number,
): { reading: GpuReading; fault?: GpuFault } | undefined {
  const fields = splitRow(line, columns);
  if (fields === undefined) return undefined;
  const cells = new Map(columns.map((column, at) => [column, fields[at] ?? '']));

  const listed = cells.get('index') ?? String(row);
  if (!/^\d+$/.test(listed)) return undefined;

  const index = Number(listed);
  const device = `cuda:${index}`;
  const reading: { -readonly [K in keyof GpuReading]: GpuReading[K] } = { device, index, vendor: 'nvidia' };
  const bad: string[] = [];
  for (const [column, value] of cells) {
    if (UNSUPPORTED.test(value)) continue;
    const text = TEXTS.get(column);
    const measured = NUMBERS.get(column);
    if (text !== undefined) reading[text] = value;
    else if (measured !== undefined) {
      const number = parseNumber(value);
      if (number === undefined) bad.push(column);
      else reading[measured] = number;
    }
  }
  if (bad.length === 0) return { reading };
  return { reading, fault: { reason: 'unreadable', detail: `${device}: ${bad.join(', ')}`, device } };
}

/** The fields of a row. Only a device name can hold commas, so surplus ones are its. */
function splitRow(line: string, columns: readonly string[]): string[] | undefined {
  const fields = line.split(',').map((field) => field.trim());
  const surplus = fields.length - columns.length;
  if (surplus === 0) return fields;
  const name = columns.indexOf('name');
  if (surplus < 0 || name === -1) return undefined;
  return fields.toSpliced(name, surplus + 1, fields.slice(name, name + surplus + 1).join(', '));
}

const unreadable = (line: string): GpuFault => ({
  reason: 'unreadable',
  detail: `unreadable line '${inline(line.trim(), 160)}'`,
});
