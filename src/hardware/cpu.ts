import { join } from 'node:path';
import { MEBIBYTE } from '../common/units.js';
import { readText } from '../system/files.js';
import { successfulOutput } from '../system/run-program.js';
import type { Host } from './host.js';
import type { CpuInfo } from './info.js';

/** Features by their names in `/proc/cpuinfo` and `sysctl`. */
const FEATURES: ReadonlyMap<string, string> = new Map([
  ...['sse', 'sse2', 'sse3', 'ssse3', 'sse4_1', 'sse4_2', 'avx', 'avx2', 'fma', 'f16c'].map(sameName),
  ...['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl', 'avx512_vnni', 'avx512_bf16'].map(sameName),
  ...['amx_tile', 'amx_int8', 'amx_bf16', 'sve', 'sve2', 'bf16', 'i8mm', 'neon'].map(sameName),
  ['pni', 'sse3'],
  ['sse4.1', 'sse4_1'],
  ['sse4.2', 'sse4_2'],
  ['avx1.0', 'avx'],
  ['asimd', 'neon'],
]);

/** Detects the processor. Never rejects: values that the operating system does not report come from Node. */
export async function detectCpu(host: Host, signal: AbortSignal): Promise<CpuInfo> {
  const reported = host.platform === 'darwin' ? await readSysctl(host, signal) : await readProc(host, signal);
  const threads = Math.max(host.processors.length, 1);
  return {
    model: reported.model ?? host.processors[0] ?? 'unknown',
    cores: reported.cores || threads,
    threads,
    features: [...new Set(reported.flags.flatMap((flag) => FEATURES.get(flag.toLowerCase()) ?? []))],
    memoryTotalMib: Math.floor(host.memoryBytes / MEBIBYTE),
  };
}

/** The processor as the operating system reports it. */
interface ReportedCpu {
  readonly model: string | undefined;
  /** 0 if unknown. */
  readonly cores: number;
  readonly flags: readonly string[];
}

async function readProc(host: Host, signal: AbortSignal): Promise<ReportedCpu> {
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

async function readSysctl(host: Host, signal: AbortSignal): Promise<ReportedCpu> {
  const names = [
    'machdep.cpu.brand_string',
    'hw.physicalcpu',
    'machdep.cpu.features',
    'machdep.cpu.leaf7_features',
  ];
  const [model, cores, ...flags] = await Promise.all(
    names.map(async (name) => successfulOutput(await host.run('sysctl', ['-n', name], signal))?.trim()),
  );
  return {
    model,
    cores: Number(cores ?? 0),
    // Every Apple processor has NEON, and sysctl does not list it.
    flags: host.arch === 'arm64' ? ['neon'] : flags.flatMap((text) => text?.split(' ') ?? []),
  };
}

function sameName(name: string): [string, string] {
  return [name, name];
}
