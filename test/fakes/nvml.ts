import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { compiledNvml, hasCompiler } from './compile.mjs';

/** Why stand-ins in C cannot be had here; `undefined` where they can. In CI, a test that is skipped for it has failed. */
export const noCompiler = hasCompiler() ? undefined : 'no C compiler (cc)';

/** Time in which a scripted load runs, for a device. */
export interface StandInLoad {
  /** Seconds since the script was given. */
  readonly from: number;
  readonly to: number;
  /** What comes on top. */
  readonly milliwatts: number;
  readonly bytes?: number;
  readonly percent?: number;
}

/** What a GPU, or a slice of one, answers. What is left out is not supported. */
export interface StandInGpu {
  readonly uuid?: string;
  readonly name?: string;
  /** Domain, bus, device. */
  readonly pci?: readonly [number, number, number];
  /** Bytes: total, reserved, free, used. */
  readonly memory?: readonly [number, number, number, number];
  /** Percent: GPU, memory controller. */
  readonly utilization?: readonly [number, number];
  /** Percent: encoder, decoder. */
  readonly coders?: readonly [number, number];
  readonly celsius?: number;
  /** Milliwatts: usage, and the limit. */
  readonly power?: readonly [number, number];
  /** Millijoules; grows as power does when there is a load. */
  readonly energy?: number;
  /** MHz: graphics, SM, memory, video; may be cut short. */
  readonly clocks?: readonly number[];
  /** Bits of nvmlClocksEventReasons. */
  readonly reasons?: number;
  /** Percent, one to four fans. */
  readonly fans?: readonly number[];
  /** KB/s: sent, received. */
  readonly pcie?: readonly [number, number];
  /** Corrected, uncorrected. */
  readonly ecc?: readonly [number, number];
  /** Process number and bytes; -1: not known. */
  readonly compute?: readonly (readonly [number, number])[];
  readonly graphics?: readonly (readonly [number, number])[];
  /** Reported once for each script. */
  readonly xids?: readonly number[];
  readonly loads?: readonly StandInLoad[];
  /** By place; a place that is `undefined` is empty. Makes this a GPU in MIG mode. */
  readonly slices?: readonly (StandInGpu | undefined)[];
  /** Functions (NVML's names) that return this code, hang until a script without, or take so many ms more. */
  readonly returns?: Readonly<Record<string, number>>;
  readonly hangs?: readonly string[];
  readonly delays?: Readonly<Record<string, number>>;
}

export interface StandInScript {
  readonly gpus?: readonly StandInGpu[];
  /** @default '550.54.15' */
  readonly driver?: string;
  /** As NVML writes it. @default 12040 */
  readonly cuda?: number;
  /** Another one than before: the driver was reloaded, and wants the library to be initialised anew. @default 0 */
  readonly epoch?: number;
  /** As for a GPU, of any device or none. */
  readonly returns?: Readonly<Record<string, number>>;
  readonly hangs?: readonly string[];
  readonly delays?: Readonly<Record<string, number>>;
}

/** One of a data centre with every reading, for tests to change. */
export const standInGpu = (index: number, rest: StandInGpu = {}): StandInGpu => ({
  uuid: `GPU-0000000${index}-1111-2222-3333-444444444444`,
  name: 'Stand-in GPU 80GB',
  pci: [0, 0x1b + index, 0],
  memory: [80 * GIB, GIB, 60 * GIB, 19 * GIB],
  utilization: [80 + index, 40],
  coders: [5, 6],
  celsius: 60 + index,
  power: [300_500, 700_000],
  energy: 1_234_567,
  clocks: [1980, 1981, 2619, 1545],
  reasons: 0,
  fans: [30, 45],
  pcie: [1500, 2500],
  ecc: [3, 1],
  ...rest,
});

export const GIB = 2 ** 30;

/**
 * A stand-in for NVIDIA's library in a folder of its own. Several can be used at once, in one process too.
 *
 * @param without functions that this library lacks, as an older one does
 */
export async function standInNvml(script: StandInScript = {}, without: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-nvml-'));
  const library = join(folder, 'libnvidia-ml.so.1');
  await copyFile(await compiledNvml(without), library);
  // Renamed when whole: the library may be reading it.
  const write = async (next: StandInScript) => {
    await writeFile(join(folder, 'next'), written(next));
    await rename(join(folder, 'next'), join(folder, 'script'));
  };
  await write(script);
  // Held from now on: what is unloaded forgets.
  const calls = koffi.load(library).func('standInCalls', 'int', ['str']);
  return {
    /** For the option `nvmlLibrary`, or as `SNAKEPIT_OTEL_NVML_LIBRARY`. */
    library,
    /** From the next sample on. Ends what hangs, unless it is to hang again. */
    script: write,
    /** How often a function was called in this process. */
    calls: (name: string): number => calls(name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export type StandInNvml = Awaited<ReturnType<typeof standInNvml>>;

function written({
  gpus = [],
  driver = '550.54.15',
  cuda = 12040,
  epoch = 0,
  ...rules
}: StandInScript): string {
  const lines = [`- driver ${driver}`, `- cuda ${cuda}`, `- epoch ${epoch}`, `- start ${Date.now() / 1000}`];
  lines.push(...rulesOf('-', rules));
  for (const [index, gpu] of gpus.entries()) {
    lines.push(...linesOf(String(index), gpu));
    for (const [place, slice] of (gpu.slices ?? []).entries()) {
      if (slice !== undefined) lines.push(...linesOf(`${index}:${place}`, slice));
    }
  }
  return `${lines.join('\n')}\n`;
}

function linesOf(who: string, { returns, hangs, delays, slices, pci, ...gpu }: StandInGpu): string[] {
  const { compute = [], graphics = [], loads = [], xids = [], ...rest } = gpu;
  const several = (key: string, values: readonly (number | readonly number[])[]) =>
    values.map((value) => `${who} ${key} ${[value].flat().join(' ')}`);
  return [
    `${who} slices ${slices === undefined ? 0 : 1}`,
    ...(pci === undefined ? [] : [`${who} pci ${pci.map((part) => part.toString(16)).join(' ')}`]),
    ...Object.entries(rest).flatMap(([key, value]) =>
      value === undefined ? [] : `${who} ${key} ${[value].flat().join(' ')}`,
    ),
    ...several('compute', compute),
    ...several('graphics', graphics),
    ...several('xid', xids),
    ...several(
      'load',
      loads.map(({ from, to, milliwatts, bytes = 0, percent = 0 }) => [from, to, milliwatts, bytes, percent]),
    ),
    ...rulesOf(who, { returns, hangs, delays }),
  ];
}

function rulesOf(who: string, { returns = {}, hangs = [], delays = {} }: StandInGpu): string[] {
  return [
    ...Object.entries(returns).map(([name, code]) => `${who} return ${name} ${code}`),
    ...hangs.map((name) => `${who} hang ${name}`),
    ...Object.entries(delays).map(([name, ms]) => `${who} delay ${name} ${ms}`),
  ];
}
