import { omitUndefined } from '../../common/omit-undefined.js';
import { parseBytes } from '../bytes.js';
import { findOperation } from '../operation.js';
import type { ParsedPythonError } from '../python-error.js';
import { compileTemplate, firstMatch, type PlaceholderKind } from '../template.js';
import { memoryAmounts } from './memory-amounts.js';
import { isHostMemory, memoryDevice } from './memory-device.js';

/** vLLM's free and total memory, which share one unit: `Free memory on device cuda:1 (19.77/22.05 GiB)`. */
const FREE_OF_TOTAL = /free memory on device[^(]{0,20}\((\d[\d.]{0,20})\/(\d[\d.]{0,20} ?[kmgt]i?b)\)/i;

const KINDS: Readonly<Record<string, PlaceholderKind>> = {
  requested_bytes: 'bytes',
  available_bytes: 'bytes',
  total_bytes: 'bytes',
  allocated_bytes: 'bytes',
  reserved_unused_bytes: 'bytes',
};
const compiledAmounts = Object.entries(memoryAmounts).map(([key, patterns]) => ({
  key,
  templates: patterns.map((pattern) => compileTemplate(pattern, KINDS)),
}));

/** Reads the amounts of memory, the device and the operation from a message about memory that ran out. */
export function memoryValues(error: ParsedPythonError) {
  const measurements: Record<string, number> = {};
  for (const { key, templates } of compiledAmounts) {
    const bytes = parseBytes(firstMatch(templates, error)?.[0]?.text ?? '');
    if (bytes !== undefined) measurements[key] = bytes;
  }
  const device = memoryDevice(error);
  return {
    measurements: { ...measurements, ...freeOfTotal(error) },
    metadata: omitUndefined({ device, memory: memoryOf(error, device), operation: findOperation(error) }),
  };
}

/** Returns whose memory ran out. Unknown if the message names neither a device nor the host. */
function memoryOf(error: ParsedPythonError, device: string | undefined): 'device' | 'host' | undefined {
  if (device === 'cpu' || isHostMemory(error)) return 'host';
  return device !== undefined || DEVICE_MEMORY.test(error.message) ? 'device' : undefined;
}

/** Words of memory on an accelerator of unknown kind. */
const DEVICE_MEMORY =
  /\b(?:kv cache|cache blocks|gpu|vram|hbm|device memory|free memory on device|mem-fraction-static|gpu_memory_utilization|on device|device ordinal|from device|device buffer|metal::)/i;

function freeOfTotal({ message }: ParsedPythonError) {
  const [, free, total] = FREE_OF_TOTAL.exec(message) ?? [];
  if (free === undefined || total === undefined) return undefined;
  return {
    available_bytes: parseBytes(free + total.replace(/^[\d.]+/, '')),
    total_bytes: parseBytes(total),
  };
}
