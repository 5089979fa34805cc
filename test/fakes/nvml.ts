import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { compiledNvml, hasCompiler } from './compile.mjs';

/** Why fakes in C cannot be compiled here; `undefined` if they can. CI treats tests skipped for this as failed. */
export const noCompiler = hasCompiler() ? undefined : 'no C compiler (cc)';

/** A scripted load on a device. Power, memory and utilization are added to those of the device. */
export interface FakeLoad {
  /** Start and end, seconds since the script was written. */
  readonly from: number;
  readonly to: number;
  readonly milliwatts: number;
  readonly bytes?: number;
  readonly percent?: number;
}

/** An nvmlFieldValue_t. */
export interface FakeField {
  readonly id: number;
  /** @default 0 */
  readonly scope?: number;
  /** nvmlValueType_t. @default 3, a 64-bit integer */
  readonly type?: number;
  /** @default 0 */
  readonly value?: number | bigint;
  /** Return code of the field. @default 0 */
  readonly code?: number;
}

/** Values of a GPU or a MIG device. A missing value is not supported. */
export interface FakeGpu {
  readonly uuid?: string;
  readonly name?: string;
  /** PCI domain, bus and device. */
  readonly pci?: readonly [number, number, number];
  /** Total, reserved, free and used bytes. */
  readonly memory?: readonly [number, number, number, number];
  /** GPU and memory controller, percent. */
  readonly utilization?: readonly [number, number];
  /** Encoder and decoder, percent. */
  readonly codecs?: readonly [number, number];
  readonly celsius?: number;
  /** Usage and limit, mW. */
  readonly power?: readonly [number, number];
  /** mJ. With a load, it grows by the integral of power. */
  readonly energy?: number;
  /** Graphics, SM, memory and video clock, MHz. The last ones may be missing. */
  readonly clocks?: readonly number[];
  /** Bits of nvmlClocksEventReasons. */
  readonly reasons?: number;
  /** Speed of one to four fans, percent. */
  readonly fans?: readonly number[];
  /** Index of a fan that cannot be read. @default none */
  readonly failingFan?: number;
  /** Sent and received, KB/s. */
  readonly pcie?: readonly [number, number];
  /** Corrected and uncorrected errors since the driver was loaded, and over the life of the GPU. */
  readonly ecc?: readonly [number, number] | readonly [number, number, number, number];
  /** Process ID and bytes; -1 if the bytes are unknown. */
  readonly compute?: readonly (readonly [number, number])[];
  readonly graphics?: readonly (readonly [number, number])[];
  /** MPS clients. An empty list is reported as such. */
  readonly mps?: readonly (readonly [number, number])[];
  readonly serial?: string;
  readonly vbios?: string;
  /** Present and highest generation of the PCIe link, present and highest number of lanes. */
  readonly link?: readonly [number, number, number, number];
  /** PCIe packets that were sent again. */
  readonly replays?: number;
  /** Values of nvmlDeviceGetFieldValues. */
  readonly fields?: readonly FakeField[];
  /** Values of nvmlGpmMetricsGet by metric: a value, or a return code. Enables GPM. */
  readonly gpm?: Readonly<Record<number, number | { readonly code: number }>>;
  /** Use by processes: process ID, µs, and percent of SM, memory, encoder and decoder. An empty list is that of an idle GPU. */
  readonly uses?: readonly (readonly [number, number, number, number, number, number])[];
  /** Xid errors, reported once for each script. */
  readonly xids?: readonly number[];
  readonly loads?: readonly FakeLoad[];
  /** MIG devices by index; `undefined` for an unused index. Enables MIG mode. */
  readonly migDevices?: readonly (FakeGpu | undefined)[];
  /** Return codes by NVML function. */
  readonly returns?: Readonly<Record<string, number>>;
  /** NVML functions that hang until a script without them is written. */
  readonly hangs?: readonly string[];
  /** Delays by NVML function, ms. */
  readonly delays?: Readonly<Record<string, number>>;
}

export interface FakeNvmlScript {
  readonly gpus?: readonly FakeGpu[];
  /** @default '550.54.15' */
  readonly driver?: string;
  /** CUDA version in NVML's encoding. @default 12040 */
  readonly cuda?: number;
  /** A new value means that the driver was reloaded: the library must be initialized again. @default 0 */
  readonly epoch?: number;
  /** As for a GPU, but for all devices and for functions without a device. */
  readonly returns?: Readonly<Record<string, number>>;
  /** NVML functions that hang until a script without them is written. */
  readonly hangs?: readonly string[];
  /** Delays by NVML function, ms. */
  readonly delays?: Readonly<Record<string, number>>;
}

/** Returns a data center GPU with every reading, changed by `rest`. */
export const fakeGpu = (index: number, rest: FakeGpu = {}): FakeGpu => ({
  uuid: `GPU-0000000${index}-1111-2222-3333-444444444444`,
  name: 'Fake GPU 80GB',
  pci: [0, 0x1b + index, 0],
  memory: [80 * GIB, GIB, 60 * GIB, 19 * GIB],
  utilization: [80 + index, 40],
  codecs: [5, 6],
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

const ALL_LINKS = 0xffff_ffff;
const SECOND_NS = 1_000_000_000;

/** The fields of a GPU with NVLinks of the fourth generation. */
export const FAKE_FIELDS: readonly FakeField[] = [
  { id: 82, type: 1, value: 71 },
  { id: 197, value: 5_000_000_000_000 },
  { id: 198, value: 6_000_000_000_000 },
  ...[173, 179, 180].map((id, i) => ({ id, type: 1, value: i + 1 })),
  { id: 91, type: 1, value: 18 },
  { id: 138, scope: ALL_LINKS, value: 1000 },
  { id: 139, scope: ALL_LINKS, value: 2000 },
  ...[38, 45, 52, 59, 160].map((id, i) => ({ id, value: i + 4 })),
  ...[74, 75, 76, 77, 78, 79, 269, 270, 271].map((id, i) => ({ id, value: (i + 1) * SECOND_NS })),
  ...[29, 30, 142, 143].map((id, i) => ({ id, type: 1, value: i + 11 })),
  ...[31, 144, 145, 230].map((id) => ({ id, type: 1, value: 0 })),
];

/** Metrics of a GPU that is about half busy. */
export const FAKE_GPM = {
  1: 81,
  2: 72,
  3: 33,
  5: 54,
  10: 45,
  11: 1,
  12: 2,
  13: 3,
  20: 100,
  21: 200,
  60: 300,
  61: 400,
};

/** Returns a GPU that has everything that a driver can report, with one process. */
export const fullFakeGpu = (index: number, rest: FakeGpu = {}): FakeGpu =>
  fakeGpu(index, {
    serial: '1650923012345',
    vbios: '96.00.74.00.01',
    link: [1, 5, 8, 16],
    replays: 7,
    ecc: [3, 1, 30, 10],
    fields: FAKE_FIELDS,
    gpm: FAKE_GPM,
    mps: [],
    uses: [],
    compute: [[4711, GIB]],
    ...rest,
  });

export const GIB = 2 ** 30;

/**
 * Creates a fake of NVIDIA's library in a folder of its own. One process can use several of them.
 *
 * @param without functions that the library lacks, as an older one does
 */
export async function fakeNvml(script: FakeNvmlScript = {}, without: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'fake-nvml-'));
  const library = join(folder, 'libnvidia-ml.so.1');
  await copyFile(await compiledNvml(without), library);
  // Written to another file first, since the library may read the script at any time.
  const write = async (next: FakeNvmlScript) => {
    await writeFile(join(folder, 'next'), scriptText(next));
    await rename(join(folder, 'next'), join(folder, 'script'));
  };
  await write(script);
  // Loaded for as long as the process lives, since unloading the library would reset its counters.
  const loaded = koffi.load(library);
  const calls = loaded.func('fakeNvmlCalls', 'int', ['str']);
  const requestedFields = loaded.func('fakeNvmlRequestedFields', 'int', []);
  const gpmSamples = loaded.func('fakeNvmlGpmSamples', 'int', []);
  return {
    /** Path for the option `nvmlLibrary` or the variable `SNAKEPIT_OTEL_NVML_LIBRARY`. */
    library,
    /** Replaces the script, from the next sample on. Functions that hang return, unless they are to hang again. */
    script: write,
    /** Number of calls of a function in this process. */
    calls: (name: string): number => calls(name),
    /** Number of fields requested since the last call of this function. */
    requestedFields: (): number => requestedFields(),
    /** Number of GPM samples that are allocated. */
    gpmSamples: (): number => gpmSamples(),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export type FakeNvml = Awaited<ReturnType<typeof fakeNvml>>;

function scriptText({
  gpus = [],
  driver = '550.54.15',
  cuda = 12040,
  epoch = 0,
  ...rules
}: FakeNvmlScript): string {
  const lines = [`- driver ${driver}`, `- cuda ${cuda}`, `- epoch ${epoch}`, `- start ${Date.now() / 1000}`];
  lines.push(...rulesOf('-', rules));
  for (const [index, gpu] of gpus.entries()) {
    lines.push(...linesOf(String(index), gpu));
    for (const [migIndex, migDevice] of (gpu.migDevices ?? []).entries()) {
      if (migDevice !== undefined) lines.push(...linesOf(`${index}:${migIndex}`, migDevice));
    }
  }
  return `${lines.join('\n')}\n`;
}

function linesOf(target: string, { returns, hangs, delays, migDevices, pci, ...gpu }: FakeGpu): string[] {
  const { compute = [], graphics = [], mps, fields = [], gpm, uses, loads = [], xids = [], ...rest } = gpu;
  const several = (key: string, values: readonly (number | readonly number[])[]) =>
    values.map((value) => `${target} ${key} ${[value].flat().join(' ')}`);
  return [
    `${target} mig ${migDevices === undefined ? 0 : 1}`,
    ...(pci === undefined ? [] : [`${target} pci ${pci.map((part) => part.toString(16)).join(' ')}`]),
    ...Object.entries(rest).flatMap(([key, value]) =>
      value === undefined ? [] : `${target} ${key} ${[value].flat().join(' ')}`,
    ),
    ...several('compute', compute),
    ...several('graphics', graphics),
    ...(mps === undefined ? [] : several('mps', mps.length === 0 ? [0] : mps)),
    ...fields.map(
      ({ id, scope = 0, type = 3, value = 0, code = 0 }) =>
        `${target} field ${id} ${scope} ${type} ${BigInt.asUintN(64, BigInt(value))} ${code}`,
    ),
    ...(gpm === undefined ? [] : [`${target} gpm 1`]),
    ...Object.entries(gpm ?? {}).map(([id, value]) =>
      typeof value === 'number'
        ? `${target} metric ${id} ${value}`
        : `${target} metric ${id} 0 ${value.code}`,
    ),
    ...(uses === undefined ? [] : [`${target} usable 1`, ...several('use', uses)]),
    ...several('xid', xids),
    ...several(
      'load',
      loads.map(({ from, to, milliwatts, bytes = 0, percent = 0 }) => [from, to, milliwatts, bytes, percent]),
    ),
    ...rulesOf(target, { returns, hangs, delays }),
  ];
}

function rulesOf(target: string, { returns = {}, hangs = [], delays = {} }: FakeGpu): string[] {
  return [
    ...Object.entries(returns).map(([name, code]) => `${target} return ${name} ${code}`),
    ...hangs.map((name) => `${target} hang ${name}`),
    ...Object.entries(delays).map(([name, ms]) => `${target} delay ${name} ${ms}`),
  ];
}
