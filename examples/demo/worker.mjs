// The demo's worker for hosts without Python: the same requests and answers, and the same ways to fail for real.
import { readFileSync } from 'node:fs';

/** What Python calls these errors. */
const PYTHON_TYPES = { ENOENT: 'FileNotFoundError', ERR_MEMORY_ALLOCATION_FAILED: 'MemoryError' };

function infer({ model, work_ms, rows, allocate_bytes }) {
  const weights = JSON.parse(readFileSync(model, 'utf8'));
  const started = performance.now();
  while (performance.now() - started < work_ms) weights.reduce((sum, weight) => sum + weight * weight, 0);
  if (rows !== undefined && rows !== weights.length) {
    throw new TypeError(`cannot multiply ${rows} rows by ${weights.length} weights`);
  }
  if (allocate_bytes !== undefined) new ArrayBuffer(allocate_bytes);
  return { score: weights.reduce((sum, weight) => sum + weight, 0) };
}

let answer;
try {
  answer = { result: infer(JSON.parse(readFileSync(0, 'utf8'))) };
} catch (error) {
  const outOfMemory = error instanceof RangeError && /allocation failed/i.test(error.message);
  const type = outOfMemory ? 'MemoryError' : (PYTHON_TYPES[error.code] ?? 'ValueError');
  answer = { error: { type, message: error.message, traceback: error.stack } };
}
console.log(JSON.stringify(answer));
