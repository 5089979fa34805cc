// Runs programs with the real library: a library can only be patched before it is loaded.
import { expect } from 'vitest';
import { loaderHook } from '../../helpers/loader-hook.js';
import type { Host } from '../../packaging/host.js';
import { INSTALLING, run, test } from '../../packaging/packed.js';

const exception = (type: string, category = 'other') => [
  { name: 'snakepit.error.python_exception', 'snakepit.type': type, 'snakepit.category': category },
];
const EVENTS_BY_SPAN = {
  right: [],
  'wrong rank': [
    { name: 'snakepit.error.dimension_error', 'snakepit.got_dims': 1, 'snakepit.expected_dims': 2 },
  ],
  'wrong shape': [
    {
      name: 'snakepit.error.shape_mismatch',
      'snakepit.dimension': 1,
      'snakepit.got': [4],
      'snakepit.expected': [3],
    },
  ],
  'wrong inner dimension': [{ name: 'snakepit.error.shape_mismatch', 'snakepit.operation': 'MatMul' }],
  'wrong data type': [
    {
      name: 'snakepit.error.dtype_mismatch',
      'snakepit.got': 'float64',
      'snakepit.expected': 'float32',
    },
  ],
  'missing input': exception('OnnxRuntimeError'),
  'no feeds': exception('TypeError'),
  'no such output': exception('RangeError'),
  'corrupt model': exception('OnnxRuntimeError', 'model_load'),
  'no such model': exception('OnnxRuntimeError', 'model_load'),
  'no model': exception('TypeError'),
  'an error twice': exception('OnnxRuntimeError'),
  disabled: [],
  'enabled again': exception('OnnxRuntimeError'),
};

test.for([
  ['imported', 'app.mjs', () => []],
  ['imported with a loader hook', 'app.mjs', (host) => ['--import', loaderHook(host.folder)]],
  ['required', 'app.cjs', () => []],
  ['imported before the instrumentation', 'app.mjs', () => ['--import', 'onnxruntime-node']],
  ['required before the instrumentation', 'app.cjs', () => ['--require', 'onnxruntime-node']],
] as [string, string, (host: Host) => string[]][])(
  'errors of onnxruntime-node are recorded on the span of the caller, which sees no difference: %s',
  INSTALLING,
  async ([_loaded, app, options], { host }) => {
    const onnxruntime = await host('onnxruntime');
    const args = [...options(onnxruntime), app];
    const patched = JSON.parse(await run(onnxruntime, args));
    const plain = JSON.parse(await run(onnxruntime, [...args, '--plain']));
    expect(patched.recorded).toEqual(EVENTS_BY_SPAN);
    expect(patched.host).toEqual(plain.host);
    expect(plain.host.outcomes).toMatchObject({ right: Array(8).fill(3), 'an error twice': 'mine' });
    expect(plain.host.unhandled).toEqual(["input 'a' is missing in 'feeds'."]);
  },
);
