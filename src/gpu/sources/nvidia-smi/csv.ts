import { singleLine } from '../../../common/single-line.js';
import { kernelPciAddress } from '../../pci-address.js';
import type { GpuReading } from '../../readings.js';
import type { GpuFault, GpuSample } from '../../source.js';
import { throttleReasons } from '../../throttle-reasons.js';

/** The readings that are numbers. */
type Measured = {
  [K in keyof GpuReading]-?: GpuReading[K] extends number | undefined ? K : never;
}[Exclude<keyof GpuReading, 'index'>];

/** Columns that are numbers, and the reading that each becomes. */
const NUMBERS: ReadonlyMap<string, Measured> = new Map([
  ['memory.total', 'memoryTotalMib'],
  ['memory.used', 'memoryUsedMib'],
  ['memory.free', 'memoryFreeMib'],
  ['memory.reserved', 'memoryReservedMib'],
  ['utilization.gpu', 'gpuPercent'],
  ['utilization.memory', 'memoryControllerPercent'],
  ['utilization.encoder', 'encoderPercent'],
  ['utilization.decoder', 'decoderPercent'],
  ['temperature.gpu', 'celsius'],
  ['power.draw', 'watts'],
  ['enforced.power.limit', 'limitWatts'],
  ['clocks.current.graphics', 'graphicsClockMhz'],
  ['clocks.current.sm', 'smClockMhz'],
  ['clocks.current.memory', 'memoryClockMhz'],
  ['clocks.current.video', 'videoClockMhz'],
  ['fan.speed', 'fanPercent'],
  ['ecc.errors.corrected.volatile.total', 'eccCorrectedErrors'],
  ['ecc.errors.uncorrected.volatile.total', 'eccUncorrectedErrors'],
]);

/** Columns that are text. */
const TEXTS: ReadonlyMap<string, 'uuid' | 'name' | 'driverVersion'> = new Map([
  ['uuid', 'uuid'],
  ['name', 'name'],
  ['driver_version', 'driverVersion'],
]);

const PCI_ADDRESS = 'pci.bus_id';
const EVENT_REASONS = 'clocks_event_reasons.active';
const THROTTLE_REASONS = 'clocks_throttle_reasons.active';

/** How many GPUs there are, as every row of theirs says. */
export const COUNT = 'count';

/** The columns to ask nvidia-smi for. Those without commas in their values come first. */
export const QUERY: readonly string[] = [
  'index',
  COUNT,
  PCI_ADDRESS,
  ...TEXTS.keys(),
  ...NUMBERS.keys(),
  EVENT_REASONS,
];

/** What drivers before 535 call a column. */
export const OLDER_NAMES: ReadonlyMap<string, string> = new Map([[EVENT_REASONS, THROTTLE_REASONS]]);

// How drivers say that a device has no such reading: `[Not Supported]` until about 2020, `[N/A]` since.
const UNSUPPORTED = /^\[?(?:n\/a|not supported|requested functionality has been deprecated)\]?$/i;
/** What stands where a text could not be read: `[Unknown Error]`, `[GPU is lost]`, `ERR!`. */
const NO_TEXT = /^(?:\[.*\]|err!)?$/i;
const NUMBER = /^(-?\d+(?:\.\d+)?)(?: ?(?:MiB|%|W|MHz))?$/;
const MASK = /^0x[0-9a-f]{1,16}$/i;

/** A text field; `undefined` where the driver has nothing to say. */
export const parseText = (field: string): string | undefined =>
  NO_TEXT.test(field) || UNSUPPORTED.test(field) ? undefined : field;

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
  const reading: Written = { device, index, vendor: 'nvidia' };
  const bad: string[] = [];
  for (const [column, value] of cells) {
    if (!UNSUPPORTED.test(value) && !readCell(reading, column, value)) bad.push(column);
  }
  if (bad.length === 0) return { reading };
  return { reading, fault: { reason: 'unreadable', detail: `${device}: ${bad.join(', ')}`, device } };
}

type Written = { -readonly [K in keyof GpuReading]: GpuReading[K] };

/** Writes what a cell says into the reading; `false` where it cannot be understood. */
function readCell(reading: Written, column: string, value: string): boolean {
  const text = TEXTS.get(column);
  const measured = NUMBERS.get(column);
  if (text !== undefined) {
    const said = parseText(value);
    if (said !== undefined) reading[text] = said;
  } else if (measured !== undefined) {
    const number = parseNumber(value);
    if (number === undefined) return false;
    reading[measured] = number;
  } else if (column === PCI_ADDRESS) {
    const address = kernelPciAddress(value);
    if (address === undefined) return false;
    reading.pciAddress = address;
  } else if (column === EVENT_REASONS || column === THROTTLE_REASONS) {
    if (!MASK.test(value)) return false;
    reading.throttleReasons = throttleReasons(Number(BigInt.asUintN(32, BigInt(value))));
  }
  return true;
}

/** The fields of a row. Only a device name can hold commas, so surplus ones are its. */
export function splitRow(line: string, columns: readonly string[]): string[] | undefined {
  const fields = line.split(',').map((field) => field.trim());
  const surplus = fields.length - columns.length;
  if (surplus === 0) return fields;
  const name = columns.indexOf('name');
  if (surplus < 0 || name === -1) return undefined;
  return fields.toSpliced(name, surplus + 1, fields.slice(name, name + surplus + 1).join(', '));
}

const unreadable = (line: string): GpuFault => ({
  reason: 'unreadable',
  detail: `unreadable line '${singleLine(line.trim(), 160)}'`,
});
