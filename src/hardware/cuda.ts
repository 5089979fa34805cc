import { join } from 'node:path';
import { parseNumber, parseText } from '../gpu/sources/nvidia-smi/csv.js';
import { list } from '../system/files.js';
import type { Host } from './host.js';
import type { CudaDeviceInfo, CudaInfo } from './info.js';

/** The name stands last, since only a name can hold commas. */
const COLUMNS = ['index', 'uuid', 'memory.total', 'memory.free', 'driver_version', 'compute_cap', 'name'];
const LIBRARY_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'usr/lib64',
  'usr/lib',
  'usr/local/cuda/lib64',
];

/** NVIDIA GPUs, as the driver's own tool lists them: the CUDA toolkit need not be there. */
export async function detectCuda(host: Host, signal: AbortSignal): Promise<CudaInfo | undefined> {
  const [rows, overview, cudnnVersion] = await Promise.all([
    queryDevices(host, signal),
    host.run('nvidia-smi', [], signal),
    findCudnn(host),
  ]);
  if (rows.length === 0) return undefined;
  return {
    version: /CUDA (?:UMD )?Version\s*:\s*(\d+(?:\.\d+)*)/.exec(overview ?? '')?.[1],
    driverVersion: rows[0]?.driverVersion,
    cudnnVersion,
    devices: rows.map(({ device }) => device),
  };
}

interface Row {
  readonly device: CudaDeviceInfo;
  readonly driverVersion: string | undefined;
}

async function queryDevices(host: Host, signal: AbortSignal): Promise<Row[]> {
  const query = (columns: readonly string[]) =>
    host.run('nvidia-smi', [`--query-gpu=${columns.join(',')}`, '--format=csv,noheader,nounits'], signal);
  // Drivers before 510 refuse the whole query for a column that they do not know.
  const withoutCapability = COLUMNS.filter((column) => column !== 'compute_cap');
  const full = await query(COLUMNS);
  if (full !== undefined) return full.split('\n').flatMap((line) => readRow(line, COLUMNS));
  const reduced = await query(withoutCapability);
  return reduced?.split('\n').flatMap((line) => readRow(line, withoutCapability)) ?? [];
}

function readRow(line: string, columns: readonly string[]): Row[] {
  const fields = line.split(',').map((field) => field.trim());
  const cell = (column: string) => fields[columns.indexOf(column)] ?? '';
  if (fields.length < columns.length || !/^\d+$/.test(cell('index'))) return [];
  const computeCapability = columns.includes('compute_cap') ? parseText(cell('compute_cap')) : undefined;
  const device: CudaDeviceInfo = {
    id: Number(cell('index')),
    name: parseText(fields.slice(columns.length - 1).join(', ')),
    uuid: parseText(cell('uuid')),
    memoryTotalMb: parseNumber(cell('memory.total')),
    memoryFreeMb: parseNumber(cell('memory.free')),
    computeCapability,
  };
  return [{ device, driverVersion: parseText(cell('driver_version')) }];
}

/** The version in the name of the library file, the longest being the most exact. */
async function findCudnn(host: Host): Promise<string | undefined> {
  const found = await Promise.all(
    LIBRARY_FOLDERS.map((folder) => list(join(host.root, folder), /^libcudnn\.so\.\d+(?:\.\d+)*$/)),
  );
  return found
    .flat()
    .map((name) => name.replace('libcudnn.so.', ''))
    .sort((one, other) => other.length - one.length)[0];
}
