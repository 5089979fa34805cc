import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classifyPythonError } from '../../src/errors/classify.js';
import { defaultPythonErrorMatchers } from '../../src/errors/matchers.js';
import type { PythonError } from '../../src/errors/python-error.js';
import { type PythonErrorMatcher, pythonErrorMatcher } from '../../src/errors/python-error-matcher.js';

/** A message from a public thread (`source`) or produced with the library itself, and its expected classification. */
interface LabeledMessage extends PythonError {
  readonly source: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const messages: readonly LabeledMessage[] = JSON.parse(
  readFileSync(new URL('../fixtures/python-errors/messages.json', import.meta.url), 'utf8'),
);
const EVENTS = [...new Set(messages.map(({ event }) => event))];
const classOf = (error: PythonError) => classifyPythonError(error).event.replace('snakepit.error.', '');

describe('the collected messages', () => {
  test.each(EVENTS)('classify as %s with a precision and a recall of at least 0.97', (event) => {
    const expected = messages.filter((each) => each.event === event);
    const classified = messages.filter((each) => classOf(each) === event);
    const correct = classified.filter((each) => each.event === event).length;
    expect(expected.length).toBeGreaterThan(20);
    expect(correct / expected.length).toBeGreaterThanOrEqual(0.97);
    expect(correct / classified.length).toBeGreaterThanOrEqual(0.97);
  });

  test('yield their bytes, devices, shapes and data types', () => {
    const wrong = messages.filter((error) => {
      const { measurements, metadata } = classifyPythonError(error);
      const values: Record<string, unknown> = { ...measurements, ...metadata };
      return Object.entries(error.fields ?? {}).some(
        ([key, value]) => JSON.stringify(values[key]) !== JSON.stringify(value),
      );
    });
    expect(wrong.map(({ source, message }) => `${source}: ${message?.slice(0, 100)}`)).toEqual([]);
  });
});

describe('messages without a pattern', () => {
  test.each([
    ['oom', 'hipMalloc: out of memory on GPU 3 while growing the workspace'],
    ['oom', 'Could not allocate 12.5 GiB for the attention cache'],
    ['device', 'x and y live on different devices: xpu:0, cpu'],
    ['dtype_mismatch', 'fused_rope: dtypes of q and cos differ, bfloat16 and float32'],
    ['dimension_error', 'conv needs a 3-D tensor, but it has 2 dimensions'],
    ['dimension_error', 'Expected the input to have 2 dimensionality. Got 1.'],
    ['oom', 'the extension failed to allocate the memory'],
    ['shape_mismatch', 'scan: inputs have different shapes, (3, 4) and (5, 4)'],
  ])('are classified by heuristics as %s: %s', (event, message) => {
    expect(classOf({ type: 'RuntimeError', message })).toBe(event);
  });

  test.each([
    'Could not allocate 12.5 GiB of pinned memory: the driver is too old',
    'java.lang.OutOfMemoryError: unable to allocate 64 bytes of heap space',
    'The window is of size (10, 20), expected the same as the frame',
    'dtype float32 is not the same type of thing as a device',
    'different versions: (1.2) and (1.3)',
    'needs 3 replicas, but has 2',
    'draws only 2D plots, got 5 of them',
    'cannot allocate memory in static TLS block',
  ])('are not classified if no tensors disagree: %s', (message) => {
    expect(classOf({ type: 'RuntimeError', message })).toBe('python_exception');
  });
});

test('values that the message does not contain are absent', () => {
  expect(classifyPythonError({ type: 'RuntimeError', message: 'CUDA error: out of memory' })).toEqual({
    event: 'snakepit.error.oom',
    measurements: {},
    metadata: { device: 'cuda', memory: 'device' },
  });
});

test('an amount beyond the safe integers is absent', () => {
  const message =
    'CUDA out of memory. Tried to allocate 2.00 MiB. GPU 3 has a total capacity of 8.00 GiB of which 17179869184.00 GiB is free.';
  expect(classifyPythonError({ type: 'torch.OutOfMemoryError', message })).toEqual({
    event: 'snakepit.error.oom',
    measurements: { requested_bytes: 2 * 2 ** 20, total_bytes: 8 * 2 ** 30 },
    metadata: { device: 'cuda:3', memory: 'device' },
  });
});

test('tensor classes that differ only in the device do not disagree in the data type', () => {
  const message =
    'Input type (torch.cuda.HalfTensor) and weight type (torch.cuda.FloatTensor) should be the same';
  expect(classifyPythonError({ type: 'RuntimeError', message })).toMatchObject({
    event: 'snakepit.error.dtype_mismatch',
    metadata: { expected: 'float32', got: 'float16' },
  });
});

test.each([
  [
    { message: 'pow: x and y have different dtypes, got float16, expected float32' },
    { expected: 'float32', got: 'float16' },
  ],
  [
    { message: 'fused_add: tensors have different shapes, (3, 4) and (5, 4)' },
    { expected: [3, 4], got: [5, 4] },
  ],
  [
    { message: 'tensors live on different devices, cuda:1 and cpu' },
    { expected_device: 'cuda:1', actual_device: 'cpu' },
  ],
])('heuristics read two values that differ: %j', (error, metadata) => {
  expect(classifyPythonError(error).metadata).toEqual(metadata);
});

test('heuristics read no values if more than two differ', () => {
  const message = 'scan: tensors have different shapes, (3, 4), (5, 4) and (6, 4)';
  expect(classifyPythonError({ message })).toMatchObject({
    event: 'snakepit.error.shape_mismatch',
    metadata: {},
  });
});

test.each([
  "KeyError: 'CUDA out of memory'",
  'Traceback (most recent call last):\n  File "a.py", line 1\n    d["CUDA out of memory"]\nKeyError: \'x\'',
])('a message that begins or ends with its class has that class: %j', (message) => {
  expect(classifyPythonError({ message })).toMatchObject({
    event: 'snakepit.error.python_exception',
    metadata: { type: 'KeyError', message },
  });
});

test('a message wrapped over lines is classified like one on a single line', () => {
  const message = 'CUDA out of memory.\n  Tried to\n  allocate 1.50 GiB\n  (GPU 2; 8.00 GiB total\ncapacity';
  expect(classifyPythonError({ type: 'RuntimeError', message })).toMatchObject({
    measurements: { requested_bytes: 1.5 * 2 ** 30, total_bytes: 8 * 2 ** 30 },
    metadata: { device: 'cuda:2' },
  });
});

describe('a traceback', () => {
  const traceback = [
    'Traceback (most recent call last):',
    '  File "worker.py", line 3, in predict',
    '    model(x)',
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 8.00 GiB',
    '',
    'The above exception was the direct cause of the following exception:',
    '',
    'Traceback (most recent call last):',
    '  File "worker.py", line 9, in <module>',
    "    raise InferenceError('failed') from error",
    '__main__.InferenceError: failed',
    '',
  ].join('\n');

  test('provides a missing type and message', () => {
    expect(
      classifyPythonError({ traceback: 'Traceback (most recent call last):\n  File "a.py"\nValueError: no' }),
    ).toMatchObject({
      event: 'snakepit.error.python_exception',
      metadata: { type: 'ValueError', message: 'no' },
    });
  });

  test('provides the exception that another one was raised from', () => {
    expect(classifyPythonError({ type: 'InferenceError', message: 'failed', traceback })).toMatchObject({
      event: 'snakepit.error.oom',
      measurements: { requested_bytes: 2 ** 31 },
      metadata: { device: 'cuda:1' },
    });
  });

  test('does not count an exception that was being handled as the cause', () => {
    const handled = traceback.replace(
      'The above exception was the direct cause of the following exception:',
      'During handling of the above exception, another exception occurred:',
    );
    expect(classOf({ type: 'InferenceError', message: 'failed', traceback: handled })).toBe(
      'python_exception',
    );
  });
});

describe('custom matchers', () => {
  const custom = pythonErrorMatcher('snakepit.error.shape_mismatch', [
    { patterns: 'mylib wants {expected}, has {got}', metadata: { operation: 'mylib' } },
  ]);

  test('take priority in their order', () => {
    const message = 'mylib wants (3, 4), has (5,)';
    expect(classOf({ type: 'RuntimeError', message })).toBe('python_exception');
    expect(
      classifyPythonError(
        { type: 'RuntimeError', message },
        { matchers: [custom, ...defaultPythonErrorMatchers] },
      ),
    ).toEqual({
      event: 'snakepit.error.shape_mismatch',
      measurements: {},
      metadata: { operation: 'mylib', expected: [3, 4], got: [5] },
    });
  });

  test('are skipped if they throw', () => {
    const broken: PythonErrorMatcher = {
      match: () => {
        throw new Error('broken');
      },
    };
    expect(
      classifyPythonError({ type: 'MemoryError' }, { matchers: [broken, ...defaultPythonErrorMatchers] })
        .event,
    ).toBe('snakepit.error.oom');
  });

  test('are rejected if a placeholder is not a key of the event', () => {
    expect(() => pythonErrorMatcher('snakepit.error.oom', [{ patterns: 'wants {shape}' }])).toThrow(
      TypeError,
    );
  });
});

describe('hostile input', () => {
  test.each([undefined, null, 7, '', '\0', '{expected}', '\ud800', ['a'], { a: 1 }, Symbol('a'), () => 1])(
    'a type, message and traceback of %s is classified as python_exception',
    (value) => {
      const error = { type: value, message: value, traceback: value } as PythonError;
      expect(classifyPythonError(error).event).toBe('snakepit.error.python_exception');
    },
  );

  const FRAGMENTS = [
    'Tried to allocate 1',
    '1',
    '[1, ',
    'size of tensor a (',
    'CUDA out of memory. ',
    'Incompatible shapes: [1,1',
    'Target sizes: ',
    'Traceback (most recent call last):\n',
    'Got invalid dimensions for input index: ',
    'output from dtype(',
    '{{node ',
    'expected 3D ',
    'unable to allocate 1',
    '[[node ',
    'shape (1, 2) same ',
    'a.b',
    'out of memory ',
    'shape (1, 2',
    'float16 dtype ',
    'x'.repeat(100),
    '\n ',
  ];

  test.each(FRAGMENTS)('the cost of a megabyte of %j is linear in its length', (fragment) => {
    const cost = (length: number) => {
      const text = fragment.repeat(Math.ceil(length / fragment.length));
      const times = Array.from({ length: 5 }, () => {
        const start = process.cpuUsage();
        classifyPythonError({ type: 'RuntimeError', message: text, traceback: text });
        const { user, system } = process.cpuUsage(start);
        return (user + system) / 1000;
      });
      return Math.min(...times);
    };
    cost(1000);
    // The limit allows for a busy machine; quadratic cost would take minutes.
    expect(cost(2 ** 20)).toBeLessThan(Math.max(50, 10 * cost(2 ** 17)));
  });
});
