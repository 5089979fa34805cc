import { join } from 'node:path';
import { toMebibytes } from '../../../common/units.js';
import type { SerialFileReader } from '../../../system/serial-file-reader.js';

/** A GPU that the kernel offers for computing (`/sys/class/kfd`), or a partition of one. */
export interface KfdNode {
  /** Number by which the kernel lists the memory of processes; `undefined` if it is not readable. */
  readonly gpuId: string | undefined;
  /** Number of compute units. */
  readonly computeUnits: number | undefined;
  /** PCI address without its function, which is not a real one for partitions: `0000:c1:00`. */
  readonly pciSlot: string;
  /** Number of the render device, `128` of `/dev/dri/renderD128`. */
  readonly renderMinor: number | undefined;
  /** As the card's file `unique_id`, in hexadecimal digits. */
  readonly uniqueId: string | undefined;
  /** True if the node is a processor as well: the GPU is integrated. */
  readonly isApu: boolean;
  /** Memory that the GPU or partition can allocate, MiB. */
  readonly memoryMib: number | undefined;
}

/** Returns a text that differs after the kernel's list of GPUs has changed, as when a GPU was divided into partitions. */
export async function kfdVersion(topology: string, files: SerialFileReader): Promise<string> {
  const generation = await files.text(join(topology, 'generation_id'));
  return generation ?? (await files.list(join(topology, 'nodes'), NODE)).join();
}

/** Lists the GPUs in the order of HIP's devices, which is that of the nodes. A node that this process may not use is left out. */
export async function readKfdNodes(folder: string, files: SerialFileReader): Promise<KfdNode[]> {
  const names = await files.list(folder, NODE);
  const numbers = names.map(Number).sort((one, other) => one - other);
  const nodes = await Promise.all(numbers.map((number) => readNode(join(folder, String(number)), files)));
  return nodes.filter((node) => node !== undefined);
}

const NODE = /^\d+$/;

async function readNode(folder: string, files: SerialFileReader): Promise<KfdNode | undefined> {
  const properties = parseProperties(await files.textOnce(join(folder, 'properties')));
  // A processor has no SIMD units.
  if (!Number(properties.get('simd_count'))) return undefined;
  const bank = parseProperties(await files.textOnce(join(folder, 'mem_banks/0/properties')));
  const renderMinor = Number(properties.get('drm_render_minor')) || undefined;
  const gpuId = await files.textOnce(join(folder, 'gpu_id'));
  const simdPerUnit = Number(properties.get('simd_per_cu'));
  const uniqueId = BigInt(properties.get('unique_id') ?? 0);
  return {
    gpuId: gpuId !== undefined && NODE.test(gpuId) ? gpuId : undefined,
    computeUnits: simdPerUnit > 0 ? Number(properties.get('simd_count')) / simdPerUnit : undefined,
    pciSlot: pciSlot(Number(properties.get('domain') ?? 0), Number(properties.get('location_id') ?? 0)),
    renderMinor,
    uniqueId: uniqueId === 0n ? undefined : uniqueId.toString(16).padStart(16, '0'),
    isApu: Number(properties.get('cpu_cores_count')) > 0,
    memoryMib: toMebibytes(Number(bank.get('size_in_bytes')) || undefined),
  };
}

/** Parses lines such as `simd_count 304`. */
const parseProperties = (text = ''): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^(\w+) (\d{1,20})$/gm)].map(([, key = '', value = '']) => [key, value]));

/** @param location bus in the upper bits, device in bits 3 to 7, function in bits 0 to 2 */
function pciSlot(domain: number, location: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex((location >> 8) & 0xff, 2)}:${hex((location >> 3) & 0x1f, 2)}`;
}
