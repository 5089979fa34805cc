import { join } from 'node:path';
import { MEBIBYTE } from '../common/units.js';
import { readText } from '../system/files.js';
import type { Host } from './host.js';
import type { CpuInfo } from './info.js';

/** Features worth naming, by what `/proc/cpuinfo` or `sysctl` call them. */
const FEATURES: ReadonlyMap<string, string> = new Map([
  ...['sse', 'sse2', 'sse3', 'ssse3', 'sse4_1', 'sse4_2', 'avx', 'avx2', 'fma', 'f16c'].map(same),
  ...['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl', 'avx512_vnni', 'avx512_bf16'].map(same),
  ...['amx_tile', 'amx_int8', 'amx_bf16', 'sve', 'sve2', 'bf16', 'i8mm', 'neon'].map(same),
  ['pni', 'sse3'],
  ['sse4.1', 'sse4_1'],
  ['sse4.2', 'sse4_2'],
  ['avx1.0', 'avx'],
  ['asimd', 'neon'],
]);

/** What the operating system tells of the processor. Never rejects: what it does not tell is taken from Node. */
export async function detectCpu(host: Host, signal: AbortSignal): Promise<CpuInfo> {
  const told = host.platform === 'darwin' ? await fromSysctl(host, signal) : await fromProc(host, signal);
  const threads = Math.max(host.processors.length, 1);
  return {
    model: told.model ?? host.processors[0] ?? 'unknown',
    cores: told.cores || threads,
    threads,
    features: [...new Set(told.flags.flatMap((flag) => FEATURES.get(flag.toLowerCase()) ?? []))],
    memoryTotalMb: Math.floor(host.memoryBytes / MEBIBYTE),
  };
}

interface Told {
  readonly model: string | undefined;
  readonly cores: number;
  readonly flags: readonly string[];
}

async function fromProc(host: Host, signal: AbortSignal): Promise<Told> {
  const text = (await readText(join(host.root, 'proc/cpuinfo'), signal)) ?? '';
  const values = (key: string) =>
    [...text.matchAll(new RegExp(`^${key}\\s*: (.*)$`, 'gm'))].map((match) => match[1]);
  const packages = values('physical id');
  const cores = new Set(values('core id').map((core, at) => `${packages[at]} ${core}`));
  return {
    model: values('model name')[0],
    cores: cores.size,
    flags: (values('flags')[0] ?? values('Features')[0] ?? '').split(' '),
  };
}

async function fromSysctl(host: Host, signal: AbortSignal): Promise<Told> {
  const names = [
    'machdep.cpu.brand_string',
    'hw.physicalcpu',
    'machdep.cpu.features',
    'machdep.cpu.leaf7_features',
  ];
  const [model, cores, ...flags] = await Promise.all(
    names.map(async (name) => (await host.run('sysctl', ['-n', name], signal))?.trim()),
  );
  return {
    model,
    cores: Number(cores ?? 0),
    // Every Apple processor has NEON, and says so nowhere.
    flags: host.arch === 'arm64' ? ['neon'] : flags.flatMap((text) => text?.split(' ') ?? []),
  };
}

function same(name: string): [string, string] {
  return [name, name];
}
