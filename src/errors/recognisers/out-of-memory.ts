import { parseBytes } from '../bytes.js';
import { operationIn } from '../operation.js';
import { present } from '../present.js';
import type { ReadPythonError } from '../python-error.js';
import type { Recogniser } from '../recogniser.js';
import { first, type Kind, type Template, template } from '../template.js';
import { saysOutOfMemory } from './general.js';

/** Classes that are raised for nothing else. */
const TYPES = new Set(['MemoryError', '_ArrayMemoryError', 'OutOfMemoryError']);
/** Namesakes from databases and JVMs, whose memory is not a worker's. */
const FOREIGN =
  /^(?:redis|psycopg2?|sqlalchemy|asyncpg|java|pyspark|py4j|pymongo|aioredis|MySQLdb|pymysql)\./;

/** What says that memory ran out, and whose; "out of memory" alone may be anybody's. */
const SIGNS: readonly { readonly says: readonly string[]; readonly device?: string }[] = [
  {
    device: 'rocm',
    says: [
      'HIP out of memory',
      'HIP error: out of memory',
      'hipErrorOutOfMemory',
      'hipErrorMemoryAllocation',
      'HIP_ERROR_OutOfMemory',
      'HIPBLAS_STATUS_ALLOC_FAILED',
      'ROCBLAS_STATUS_MEMORY_ERROR',
      'MIOPEN_STATUS_ALLOC_FAILED',
      'ROCm error: out of memory',
    ],
  },
  {
    device: 'mps',
    says: ['MPS backend out of memory', 'MPS out of memory', 'kIOGPUCommandBufferCallbackErrorOutOfMemory'],
  },
  { device: 'xpu', says: ['XPU out of memory', 'RESULT_ERROR_OUT_OF_DEVICE_MEMORY'] },
  { device: 'npu', says: ['NPU out of memory'] },
  { device: 'tpu', says: ['memory space hbm', 'hbm capacity'] },
  {
    device: 'cpu',
    says: [
      'DefaultCPUAllocator: ',
      'CPUAllocator.cpp… posix_memalign',
      '[Errno 12] Cannot allocate memory',
      'Unable to allocate … for an array with shape',
      'Unable to allocate array with shape',
    ],
  },
  {
    device: 'cuda',
    says: [
      'CUDA out of memory',
      'CUDA error: out of memory',
      'CUDA driver error: out of memory',
      'CUDA error (2): out of memory',
      'cuda runtime error (2) : out of memory',
      'CUDA failure 2: out of memory',
      'CUDA failed with error out of memory',
      "Cuda failure 'out of memory'",
      'CUDA_ERROR_OUT_OF_MEMORY',
      'cudaErrorMemoryAllocation',
      'cudaMalloc failed',
      'CUBLAS_STATUS_ALLOC_FAILED',
      'CUDNN_STATUS_ALLOC_FAILED',
      'CUSOLVER_STATUS_ALLOC_FAILED',
      'CUSPARSE_STATUS_ALLOC_FAILED',
      'CUFFT_ALLOC_FAILED',
      'Out of memory error on GPU',
      'CUDA runtime error: out of memory',
      'Cuda Error in … 2 (out of memory)',
      'cudaMalloc retry failed',
      'GPU out of memory',
      'GPU ran out of memory',
      'Out of memory on device',
      'Allocation on device … would exceed allowed memory',
    ],
  },
  {
    says: [
      'OOM when allocating tensor',
      'RESOURCE_EXHAUSTED: Out of memory',
      'Resource exhausted: Out of memory',
      'RESOURCE_EXHAUSTED: Failed to allocate',
      'RESOURCE_EXHAUSTED: Allocation of',
      'Failed to allocate … bytes for new constant',
      'Out of memory while trying to allocate',
      'Out of memory allocating',
      'Out of memory trying to allocate',
      'out of memory to allocate',
      'Attempting to reserve … That was not possible',
      'Attempting to allocate … That was not possible',
      'Failed to allocate request for',
      'failed to allocate {requested_bytes} from device',
      'Requested amount of GPU memory',
      'bytes which is greater than the maximum allowed buffer size',
      'Error Code 2: OutOfMemory',
      'RMM_ERROR_OUT_OF_MEMORY',
      'Dst tensor is not initialized',
      'Failed to allocate memory for requested buffer of size',
      'you tried to allocate',
      'Tried to allocate {requested_bytes}',
      'std::bad_alloc',
      'No available memory for the cache blocks',
      'maximum number of tokens that can be stored in KV cache',
      'larger than the available KV cache memory',
      'less than desired GPU memory utilization',
      'Out of memory. Requested {requested_bytes}; Free {available_bytes}',
      'Not enough memory. Please try to increase --mem-fraction-static',
    ],
  },
];

/** Where messages say how much; the most exact first. */
const AMOUNTS: Readonly<Record<'requested_bytes' | 'available_bytes' | 'total_bytes', readonly string[]>> = {
  requested_bytes: [
    'allocate … ({requested_bytes} bytes)',
    'allocate request for … ({requested_bytes})',
    'allocate {requested_bytes}',
    'amount of GPU memory ({requested_bytes})',
    'OutOfMemory (Requested size was {requested_bytes}',
    'Out of memory allocating {requested_bytes}',
    'allocating {requested_bytes} on device',
    'requested buffer of size {requested_bytes}',
    'Attempting to reserve {requested_bytes}',
    'Requested : {requested_bytes}',
    'Requested memory: {requested_bytes}',
    'Out of memory. Requested {requested_bytes};',
    'Allocation of {requested_bytes}',
    '({requested_bytes} KV cache is needed',
    '{requested_bytes} KV cache is needed',
    'desired GPU memory utilization (…, {requested_bytes})',
    'hbm. Used {requested_bytes} of',
  ],
  available_bytes: [
    'Free (according to CUDA): {available_bytes}',
    '{available_bytes} is free',
    '{available_bytes} free',
    'available memory is only {available_bytes}',
    'Requested …; Free {available_bytes}',
    'Free memory: {available_bytes}',
    'available KV cache memory ({available_bytes})',
  ],
  total_bytes: [
    '{total_bytes} total capacity',
    'total capacity of {total_bytes}',
    'total capacty of {total_bytes}',
    'Device limit : {total_bytes}',
    'max allowed: {total_bytes}',
    'of {total_bytes} hbm',
  ],
};

/** The index of the device; the wording around it is the library's own. */
const INDEX =
  /(?:\b(?<unit>[GNX])PU[ _:=]{1,2}|cuda:|hip:|xpu:|on device |device ordinal |\bdevice=)(?<index>\d{1,4})\b/i;
/** `GPU`, `NPU`, `XPU`; where no library says otherwise a GPU is one of CUDA's. */
const UNITS: Readonly<Record<string, string>> = { g: 'cuda', n: 'npu', x: 'xpu' };
const EXPLICIT_CPU = /device:CPU:\d|allocator (?:mkl)?cpu\b/i;
/** vLLM gives what is free and what there is with one unit: `Free memory on device cuda:1 (19.77/22.05 GiB)`. */
const FREE_OF_TOTAL = /free memory on device[^(]{0,20}\((\d[\d.]{0,20})\/(\d[\d.]{0,20} ?[kmgt]i?b)\)/i;

const KINDS: Readonly<Record<string, Kind>> = {
  requested_bytes: 'bytes',
  available_bytes: 'bytes',
  total_bytes: 'bytes',
};
const compile = (wordings: readonly string[]): Template[] =>
  wordings.map((wording) => template(wording, KINDS));

const signs = SIGNS.map(({ says, device }) => ({ templates: compile(says), device }));
const amounts = Object.entries(AMOUNTS).map(([key, wordings]) => ({ key, templates: compile(wordings) }));

export const outOfMemory: Recogniser = {
  recognise: (error) => {
    const sign = signs.find(({ templates }) => first(templates, error) !== undefined);
    if (sign === undefined && !saidByType(error) && !saysOutOfMemory(error)) return undefined;

    const measurements: Record<string, number> = {};
    for (const { key, templates } of amounts) {
      const bytes = parseBytes(first(templates, error)?.[0]?.text ?? '');
      if (bytes !== undefined) measurements[key] = bytes;
    }
    return {
      event: 'snakepit.error.oom',
      measurements: { ...measurements, ...freeOfTotal(error) },
      metadata: present({ device: deviceOf(error, sign?.device), operation: operationIn(error) }),
    };
  },
};

function saidByType({ type, qualifiedType, lowerMessage }: ReadPythonError): boolean {
  if (TYPES.has(type)) return !FOREIGN.test(qualifiedType);
  // TensorFlow's class for any resource, and also for quotas.
  return type === 'ResourceExhaustedError' && /\b(?:oom|out of memory|allocat\w{0,5})\b/.test(lowerMessage);
}

function freeOfTotal({ message }: ReadPythonError) {
  const [, free, total] = FREE_OF_TOTAL.exec(message) ?? [];
  if (free === undefined || total === undefined) return undefined;
  return {
    available_bytes: parseBytes(free + total.replace(/^[\d.]+/, '')),
    total_bytes: parseBytes(total),
  };
}

function deviceOf({ message, type, qualifiedType }: ReadPythonError, kind?: string): string | undefined {
  if (kind === 'cpu' || kind === 'mps') return kind;
  if (kind === undefined && EXPLICIT_CPU.test(message)) return 'cpu';
  const { index, unit = 'g' } = INDEX.exec(message)?.groups ?? {};
  if (index !== undefined) return `${kind ?? UNITS[unit.toLowerCase()]}:${index}`;
  if (kind !== undefined) return kind;
  if (/cuda|cupy/.test(qualifiedType)) return 'cuda';
  return /^_?(?:Array)?MemoryError$/.test(type) ? 'cpu' : undefined;
}
