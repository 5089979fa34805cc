import { omitUndefined } from '../../common/omit-undefined.js';
import { parseBytes } from '../bytes.js';
import { operationIn } from '../operation.js';
import type { ParsedPythonError } from '../python-error.js';
import type { PythonErrorMatcher } from '../python-error-matcher.js';
import { first, type Kind, type Template, template } from '../template.js';
import { saysOutOfMemory } from './heuristics.js';
import { memoryAmounts } from './memory-amounts.js';
import { memorySigns } from './memory-signs.js';

/** Classes that are raised for nothing else. */
const TYPES = new Set(['MemoryError', '_ArrayMemoryError', 'OutOfMemoryError']);
/** Namesakes from databases and JVMs, whose memory is not a worker's. */
const FOREIGN =
  /^(?:redis|psycopg2?|sqlalchemy|asyncpg|java|pyspark|py4j|pymongo|aioredis|MySQLdb|pymysql)\./;

/** The index of the device; the wording around it is the library's own. */
const INDEX =
  /(?:\b(?<unit>[GNX])PU[ _:=]{1,2}|cuda:|hip:|xpu:|on device |device ordinal |\bdevice=)(?<index>\d{1,4})(?!\d)/i;
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

const signs = memorySigns.map(({ says, device }) => ({ templates: compile(says), device }));
const amounts = Object.entries(memoryAmounts).map(([key, wordings]) => ({
  key,
  templates: compile(wordings),
}));

export const outOfMemory: PythonErrorMatcher = {
  match: (error) => {
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
      metadata: omitUndefined({ device: deviceOf(error, sign?.device), operation: operationIn(error) }),
    };
  },
};

function saidByType({ type, qualifiedType, lowerMessage }: ParsedPythonError): boolean {
  if (TYPES.has(type)) return !FOREIGN.test(qualifiedType);
  // TensorFlow's class for any resource, and also for quotas.
  return type === 'ResourceExhaustedError' && /\b(?:oom|out of memory|allocat\w{0,5})\b/.test(lowerMessage);
}

function freeOfTotal({ message }: ParsedPythonError) {
  const [, free, total] = FREE_OF_TOTAL.exec(message) ?? [];
  if (free === undefined || total === undefined) return undefined;
  return {
    available_bytes: parseBytes(free + total.replace(/^[\d.]+/, '')),
    total_bytes: parseBytes(total),
  };
}

function deviceOf({ message, type, qualifiedType }: ParsedPythonError, kind?: string): string | undefined {
  if (kind === 'cpu' || kind === 'mps') return kind;
  if (kind === undefined && EXPLICIT_CPU.test(message)) return 'cpu';
  const { index, unit = 'g' } = INDEX.exec(message)?.groups ?? {};
  if (index !== undefined) return `${kind ?? UNITS[unit.toLowerCase()]}:${index}`;
  if (kind !== undefined) return kind;
  if (/cuda|cupy/.test(qualifiedType)) return 'cuda';
  return /^_?(?:Array)?MemoryError$/.test(type) ? 'cpu' : undefined;
}
