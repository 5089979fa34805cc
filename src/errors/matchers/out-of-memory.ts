import { omitUndefined } from '../../common/omit-undefined.js';
import { parseBytes } from '../bytes.js';
import { findOperation } from '../operation.js';
import type { ParsedPythonError } from '../python-error.js';
import type { PythonErrorMatcher } from '../python-error-matcher.js';
import { compileTemplate, firstMatch, type PlaceholderKind, type Template } from '../template.js';
import { isOutOfMemory } from './heuristics.js';
import { memoryAmounts } from './memory-amounts.js';
import { memoryPatterns } from './memory-patterns.js';

/** Classes that are raised only when memory runs out. */
const OUT_OF_MEMORY_TYPES = new Set(['MemoryError', '_ArrayMemoryError', 'OutOfMemoryError']);
/** Modules of databases and JVMs, whose classes of the same names concern memory outside the worker. */
const FOREIGN_MODULE =
  /^(?:redis|psycopg2?|sqlalchemy|asyncpg|java|pyspark|py4j|pymongo|aioredis|MySQLdb|pymysql)\./;

/** Index of the device in the notations of the libraries. */
const DEVICE_INDEX =
  /(?:\b(?<unit>[GNX])PU[ _:=]{1,2}|cuda:|hip:|xpu:|on device |device ordinal |\bdevice=)(?<index>\d{1,4})(?!\d)/i;
/** Kinds of devices by the first letter of `GPU`, `NPU` and `XPU`. A GPU is one of CUDA's unless the library is another's. */
const UNIT_KINDS: Readonly<Record<string, string>> = { g: 'cuda', n: 'npu', x: 'xpu' };
const EXPLICIT_CPU = /device:CPU:\d|allocator (?:mkl)?cpu\b/i;
/** vLLM's free and total memory, which share one unit: `Free memory on device cuda:1 (19.77/22.05 GiB)`. */
const FREE_OF_TOTAL = /free memory on device[^(]{0,20}\((\d[\d.]{0,20})\/(\d[\d.]{0,20} ?[kmgt]i?b)\)/i;

const KINDS: Readonly<Record<string, PlaceholderKind>> = {
  requested_bytes: 'bytes',
  available_bytes: 'bytes',
  total_bytes: 'bytes',
};
const compile = (patterns: readonly string[]): Template[] =>
  patterns.map((pattern) => compileTemplate(pattern, KINDS));

const compiledPatterns = memoryPatterns.map(({ patterns, device }) => ({
  templates: compile(patterns),
  device,
}));
const compiledAmounts = Object.entries(memoryAmounts).map(([key, patterns]) => ({
  key,
  templates: compile(patterns),
}));

export const outOfMemory: PythonErrorMatcher = {
  match: (error) => {
    const pattern = compiledPatterns.find(({ templates }) => firstMatch(templates, error) !== undefined);
    if (pattern === undefined && !isOutOfMemoryType(error) && !isOutOfMemory(error)) return undefined;

    const measurements: Record<string, number> = {};
    for (const { key, templates } of compiledAmounts) {
      const bytes = parseBytes(firstMatch(templates, error)?.[0]?.text ?? '');
      if (bytes !== undefined) measurements[key] = bytes;
    }
    return {
      event: 'snakepit.error.oom',
      measurements: { ...measurements, ...freeOfTotal(error) },
      metadata: omitUndefined({ device: deviceOf(error, pattern?.device), operation: findOperation(error) }),
    };
  },
};

function isOutOfMemoryType({ type, qualifiedType, lowerMessage }: ParsedPythonError): boolean {
  if (OUT_OF_MEMORY_TYPES.has(type)) return !FOREIGN_MODULE.test(qualifiedType);
  // TensorFlow raises this class for every exhausted resource, quotas included.
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
  const { index, unit = 'g' } = DEVICE_INDEX.exec(message)?.groups ?? {};
  if (index !== undefined) return `${kind ?? UNIT_KINDS[unit.toLowerCase()]}:${index}`;
  if (kind !== undefined) return kind;
  if (/cuda|cupy/.test(qualifiedType)) return 'cuda';
  return /^_?(?:Array)?MemoryError$/.test(type) ? 'cpu' : undefined;
}
