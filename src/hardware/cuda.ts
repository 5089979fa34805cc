import { join } from 'node:path';
import { parseNumber, parseText, splitRow } from '../gpu/sources/nvidia-smi/csv.js';
import { NvidiaSmiQuery } from '../gpu/sources/nvidia-smi/query.js';
import { hasSucceeded } from '../system/exit-status.js';
import { list } from '../system/files.js';
import { successfulOutput } from '../system/run-program.js';
import type { Host } from './host.js';
import type { CudaDeviceInfo, CudaInfo } from './info.js';

/** Drivers before 510 reject `compute_cap`. */
const COLUMNS = ['index', 'uuid', 'memory.total', 'memory.free', 'driver_version', 'compute_cap', 'name'];
const LIBRARY_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'usr/lib64',
  'usr/lib',
  'usr/local/cuda/lib64',
];

/** Detects NVIDIA GPUs with nvidia-smi, which comes with the driver. Does not need the CUDA toolkit. */
export async function detectCuda(host: Host, signal: AbortSignal): Promise<CudaInfo | undefined> {
  const [rows, overview, cudnnVersion] = await Promise.all([
    queryDevices(host, signal),
    host.run('nvidia-smi', [], signal).then(successfulOutput),
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
  const query = new NvidiaSmiQuery(COLUMNS, new Map());
  for (;;) {
    const { columns } = query;
    const args = [`--query-gpu=${columns.join(',')}`, '--format=csv,noheader,nounits'];
    const { status, stdout, stderr } = await host.run('nvidia-smi', args, signal);
    if (hasSucceeded(status)) return stdout.split('\n').flatMap((line) => parseRow(line, columns) ?? []);
    if (signal.aborted || !query.dropRejectedColumns(stdout + stderr)) return [];
  }
}

function parseRow(line: string, columns: readonly string[]): Row | undefined {
  const fields = splitRow(line, columns);
  if (fields === undefined) return undefined;
  const cell = (column: string) => fields[columns.indexOf(column)] ?? '';
  if (!/^\d+$/.test(cell('index'))) return undefined;
  const device: CudaDeviceInfo = {
    id: Number(cell('index')),
    name: parseText(cell('name')),
    uuid: parseText(cell('uuid')),
    memoryTotalMib: parseNumber(cell('memory.total')),
    memoryFreeMib: parseNumber(cell('memory.free')),
    computeCapability: parseText(cell('compute_cap')),
  };
  return { device, driverVersion: parseText(cell('driver_version')) };
}

/** Returns the version in the name of the library file; the longest is the most precise. */
async function findCudnn(host: Host): Promise<string | undefined> {
  const found = await Promise.all(
    LIBRARY_FOLDERS.map((folder) => list(join(host.root, folder), /^libcudnn\.so\.\d+(?:\.\d+)*$/)),
  );
  return found
    .flat()
    .map((name) => name.replace('libcudnn.so.', ''))
    .sort((one, other) => other.length - one.length)[0];
}
