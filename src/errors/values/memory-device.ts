import type { ParsedPythonError } from '../python-error.js';

/** Signs of the kind of device whose memory ran out, the most specific first. */
const KINDS: readonly (readonly [kind: string, sign: RegExp])[] = [
  ['rocm', /\bHIP\b|\bhip(?:Error|Malloc)|HIP_ERROR|HIPBLAS|ROCBLAS|MIOPEN|\bROCm\b/],
  ['mps', /\bMPS\b|kIOGPU|\bInvalid buffer size: /],
  ['xpu', /\bXPU\b|\bUR_RESULT_|\bPI_ERROR_/],
  ['npu', /\bNPU\b/],
  ['tpu', /\bmemory space \w?mem\b|\bhbm\b|\bXLA:TPU\b|_HBM\d/i],
  [
    'cpu',
    /DefaultCPUAllocator|CPUAllocator\.cpp|alloc_cpu\.cpp|\bposix_memalign\b|\bCannot allocate memory\b|\bUnable to allocate .{0,40}\barray with\b|\bopencv\b|\bpaging file\b|\b1455\b/i,
  ],
  [
    'cuda',
    /\bcuda(?:Malloc|Error|HostAlloc)|CUDA_ERROR|\bCUDA\d?\b.{0,60}(?:out of memory|OutOfMemory|alloc)|CUBLAS_|CUDNN_|CUSOLVER_|CUSPARSE_|CUFFT_|\bcuda\b.{0,80}\bout of memory|\bRMM\b|RMM_ERROR|\brmm\/mr\/device|\bCuda Runtime\b|\bGPU (?:ran )?out of memory|\bout of memory (?:error )?on (?:GPU|device)\b|\bAllocation on device\b|\bGPU=\d/i,
  ],
];

/** Index of the device in the notations of the libraries. */
const INDEX =
  /(?:\b(?<unit>[GNX])PU[ _:=]{1,2}|cuda:?|hip:|xpu:|on device |device ordinal |\bdevice=|on GPU )(?<index>\d{1,4})(?![\d.]|-)/i;
/** Kinds of devices by the first letter of `GPU`, `NPU` and `XPU`. A GPU is one of CUDA's unless the library is another's. */
const UNIT_KINDS: Readonly<Record<string, string>> = { g: 'cuda', n: 'npu', x: 'xpu' };
const EXPLICIT_CPU = /device:CPU:\d|allocator (?:mkl)?cpu\b/i;
const HOST =
  /\b(?:pinned|host|system|physical|virtual|swap) memory\b|\bcuda(?:Host|MallocHost)|\bhost_malloc\b|\bmemory pressure\b|\bmemory on the node\b|\bunable to mmap\b|\bRAM\b|\boom[ _-]?kill(?:ed|er)?\b|\bkilled process \d/i;

/** True if the message is about memory of the host. */
export const isHostMemory = ({ message, type, qualifiedType }: ParsedPythonError): boolean =>
  HOST.test(message) ||
  /^(?:_?duckdb|pyarrow|polars|ray)\b/.test(qualifiedType) ||
  type === 'ArrowMemoryError';

/** Returns the device whose memory ran out, as far as the message names one. */
export function memoryDevice({ message, type, qualifiedType }: ParsedPythonError): string | undefined {
  const kind = KINDS.find(([, sign]) => sign.test(message))?.[0];
  if (kind === 'cpu' || kind === 'mps') return kind;
  if (kind === undefined && EXPLICIT_CPU.test(message)) return 'cpu';
  const { index, unit = 'g' } = INDEX.exec(message)?.groups ?? {};
  if (index !== undefined) return `${kind ?? UNIT_KINDS[unit.toLowerCase()]}:${index}`;
  if (kind !== undefined) return kind;
  if (/cuda|cupy/.test(qualifiedType)) return 'cuda';
  return /^_?(?:Array|Arrow)?MemoryError$/.test(type) ? 'cpu' : undefined;
}
