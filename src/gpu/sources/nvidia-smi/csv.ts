import { singleLine } from '../../../common/single-line.js';
import { kernelPciAddress } from '../../pci-address.js';
import type { GpuReading } from '../../readings.js';
import type { GpuFault, GpuSample } from '../../source.js';
import { gpuStatus } from '../../status.js';
import { throttleReasons } from '../../throttle-reasons.js';
import {
  COUNT_COLUMN,
  EVENT_REASONS_COLUMN,
  FLAG_COLUMNS,
  MICROSECOND_COLUMNS,
  NUMBER_COLUMNS,
  OPTIONAL_TEXT_COLUMNS,
  PCI_ADDRESS_COLUMN,
  RECOVERY_COLUMN,
  TEXT_COLUMNS,
  THROTTLE_REASONS_COLUMN,
} from './columns.js';

/** Placeholder for a reading that the device does not support: `[Not Supported]` until about 2020, `[N/A]` since. */
const UNSUPPORTED = /^\[?(?:n\/a|not supported|requested functionality has been deprecated)\]?$/i;
/** A message of nvidia-smi among the rows, such as a warning about a corrupted infoROM. */
const MESSAGE = /^(?:warning|error|unable to|no devices were found)\b/i;
/** Placeholder for a value that the driver could not read, with the cause: `[Insufficient Permissions]`, `ERR!`. */
const CAUSE = /^(?:\[([^\]]+)\]|(err!))$/i;
/** Placeholder for a text that could not be read: `[Unknown Error]`, `[GPU is lost]`, `ERR!`. */
const UNREADABLE_TEXT = /^(?:\[.*\]|err!)?$/i;
/** Version of a driver, or a placeholder. */
const VERSION = /^(?:\d+(?:\.\d+)+|\[.*\]|n\/a|err!)$/i;
const NUMBER = /^(-?\d+(?:\.\d+)?)(?: ?(?:MiB|%|W|MHz|us))?$/;
const FLAGS: ReadonlyMap<string, number> = new Map([
  ['yes', 1],
  ['no', 0],
]);
/** Actions by the texts of several drivers: `nvmlDeviceGpuRecoveryAction_t`. */
const RECOVERY_ACTIONS: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['gpu reset', 1],
  ['reset', 1],
  ['node reboot', 2],
  ['reboot', 2],
  ['drain p2p', 3],
  ['drain and reset', 4],
  ['recover imex domain', 5],
]);
const MASK = /^0x[0-9a-f]{1,16}$/i;

/** Returns a text field, or `undefined` for a placeholder. */
export const parseText = (field: string): string | undefined =>
  UNREADABLE_TEXT.test(field) || UNSUPPORTED.test(field) ? undefined : field;

/** Parses a number field with or without a unit. Returns `undefined` if it is not a number. */
export function parseNumber(field: string): number | undefined {
  const number = NUMBER.exec(field)?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * Parses the output of `nvidia-smi --query-gpu=… --format=csv`, with or without units. The header line names the columns;
 * unknown ones are ignored. A value that the driver does not support is absent. An invalid field drops that field
 * and an invalid line drops that line; both are reported as faults. Never throws.
 */
export function parseNvidiaSmiCsv(output: string): GpuSample {
  const { readings, faults } = parseTable(output);
  return { readings, faults };
}

/** A sample, and the number of GPUs that the driver has. */
export interface NvidiaSmiSample extends GpuSample {
  /** Undefined if the number was not queried. */
  readonly gpuCount?: number;
}

/** Does what {@link parseNvidiaSmiCsv} does, and returns the number of GPUs too. */
export function parseTable(output: string): NvidiaSmiSample {
  const readings: GpuReading[] = [];
  const faults: GpuFault[] = [];
  let columns: string[] | undefined;
  let rows = 0;
  let gpuCount: number | undefined;

  for (const line of output.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    if (MESSAGE.test(line.trim())) {
      faults.push({ reason: 'failed', detail: singleLine(line.trim(), 300) });
      continue;
    }
    if (columns === undefined) {
      columns = parseHeader(line);
      if (columns === undefined) faults.push(unreadable(line));
      continue;
    }
    const row = parseRow(line, columns, rows++);
    if (row === undefined) faults.push(unreadable(line));
    else {
      readings.push(row.reading);
      faults.push(...row.faults);
      gpuCount = row.gpuCount ?? gpuCount;
    }
  }
  if (columns === undefined && faults.length === 0)
    faults.push({ reason: 'unreadable', detail: 'no output' });
  return { readings, faults, gpuCount };
}

/** Strips units: `memory.total [MiB]` is the column `memory.total`. Returns `undefined` if no column is known. */
function parseHeader(line: string): string[] | undefined {
  const columns = line.split(',').map((column) => column.replace(/\[.*\]/, '').trim());
  return columns.some((column) => NUMBER_COLUMNS.has(column)) ? columns : undefined;
}

function parseRow(
  line: string,
  columns: readonly string[],
  row: number,
): { reading: GpuReading; faults: readonly GpuFault[]; gpuCount?: number } | undefined {
  const fields = splitRow(line, columns);
  if (fields === undefined) return undefined;
  const cells = new Map(columns.map((column, at) => [column, fields[at] ?? '']));

  const indexField = cells.get('index') ?? String(row);
  if (!/^\d+$/.test(indexField)) return undefined;

  const index = Number(indexField);
  const device = `cuda:${index}`;
  const reading: MutableReading = { device, index, vendor: 'nvidia' };
  /** Columns by the cause for which they have no value; without one they are invalid. */
  const failed = new Map<string, string[]>();
  for (const [column, value] of cells) {
    if (UNSUPPORTED.test(value) || parseCell(reading, column, value)) continue;
    const [, words, short] = CAUSE.exec(value) ?? [];
    const cause = words ?? short ?? '';
    failed.set(cause, [...(failed.get(cause) ?? []), column]);
  }
  const status = gpuStatus(reading, false);
  if (status !== undefined) reading.status = status;
  const faults = [...failed].map(([cause, names]): GpuFault => {
    const what = `${device}: ${names.join(', ')}`;
    if (cause === '') return { reason: 'unreadable', detail: what, device };
    return { reason: 'failed', detail: `${what}: ${singleLine(cause, 80)}`, device };
  });
  const count = cells.get(COUNT_COLUMN) ?? '';
  return { reading, faults, ...(/^\d{1,6}$/.test(count) && { gpuCount: Number(count) }) };
}

type MutableReading = { -readonly [K in keyof GpuReading]: GpuReading[K] };

/** Writes the value of a cell to the reading. Returns false if it is invalid. */
function parseCell(reading: MutableReading, column: string, value: string): boolean {
  const textKey = TEXT_COLUMNS.get(column) ?? OPTIONAL_TEXT_COLUMNS.get(column);
  const numberKey = NUMBER_COLUMNS.get(column) ?? FLAG_COLUMNS.get(column);
  const timeKey = MICROSECOND_COLUMNS.get(column);
  if (textKey !== undefined) {
    const text = parseText(value);
    if (text !== undefined) reading[textKey] = text;
  } else if (numberKey !== undefined) {
    const number = FLAG_COLUMNS.has(column) ? FLAGS.get(value.toLowerCase()) : parseNumber(value);
    if (number === undefined) return false;
    reading[numberKey] = number;
  } else if (timeKey !== undefined) {
    const microseconds = parseNumber(value);
    if (microseconds === undefined) return false;
    reading[timeKey] = microseconds / 1e6;
  } else if (column === RECOVERY_COLUMN) {
    const action = RECOVERY_ACTIONS.get(value.toLowerCase());
    if (action === undefined) return false;
    reading.recoveryAction = action;
  } else if (column === PCI_ADDRESS_COLUMN) {
    const address = kernelPciAddress(value);
    if (address === undefined) return false;
    reading.pciAddress = address;
  } else if (column === EVENT_REASONS_COLUMN || column === THROTTLE_REASONS_COLUMN) {
    if (!MASK.test(value)) return false;
    reading.throttleReasons = throttleReasons(Number(BigInt.asUintN(32, BigInt(value))));
  }
  return true;
}

/**
 * Splits a row into fields. Only a device name may contain commas, so surplus fields belong to it; `undefined` if they do not, as where
 * numbers have a comma.
 */
export function splitRow(line: string, columns: readonly string[]): string[] | undefined {
  const fields = line.split(',').map((field) => field.trim());
  const surplus = fields.length - columns.length;
  if (surplus === 0) return fields;
  const name = columns.indexOf('name');
  if (surplus < 0 || name === -1) return undefined;
  const row = fields.toSpliced(name, surplus + 1, fields.slice(name, name + surplus + 1).join(', '));
  const version = columns.indexOf('driver_version');
  return version === -1 || VERSION.test(row[version] ?? '') ? row : undefined;
}

const unreadable = (line: string): GpuFault => ({
  reason: 'unreadable',
  detail: `unreadable line '${singleLine(line.trim(), 160)}'`,
});
