// The demo's worker for hosts without Python. It takes the same requests and causes the same errors as worker.py.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Python's names of errors, by Node's error code. */
const PYTHON_TYPES = { ENOENT: 'FileNotFoundError', ERR_MEMORY_ALLOCATION_FAILED: 'MemoryError' };

const commands = {
  ping: () => ({}),
  predict({ model, work_ms, rows, allocate_bytes, crash }) {
    const weights = JSON.parse(readFileSync(model, 'utf8'));
    const started = performance.now();
    while (performance.now() - started < work_ms) weights.reduce((sum, weight) => sum + weight * weight, 0);
    if (rows !== undefined && rows !== weights.length) {
      throw new TypeError(`cannot multiply ${rows} rows by ${weights.length} weights`);
    }
    if (allocate_bytes !== undefined) new ArrayBuffer(allocate_bytes);
    if (crash) process.kill(process.pid, 'SIGKILL');
    return { score: weights.reduce((sum, weight) => sum + weight, 0) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = { result: commands[request.command](request) };
  } catch (error) {
    const outOfMemory = error instanceof RangeError && /allocation failed/i.test(error.message);
    const type = outOfMemory ? 'MemoryError' : (PYTHON_TYPES[error.code] ?? 'ValueError');
    answer = { error: { type, message: error.message, traceback: error.stack } };
  }
  console.log(JSON.stringify(answer));
}
