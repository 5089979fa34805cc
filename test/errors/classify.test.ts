import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classifyPythonError } from '../../src/errors/classify.js';
import { defaultPythonErrorMatchers } from '../../src/errors/matchers/index.js';
import type { PythonError } from '../../src/errors/python-error.js';
import { type PythonErrorMatcher, pythonErrorMatcher } from '../../src/errors/python-error-matcher.js';

/** Messages from public threads (`source`), and some made with the library itself. */
interface Collected extends PythonError {
  readonly source: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const collected: readonly Collected[] = JSON.parse(
  readFileSync(new URL('../fixtures/python-errors/messages.json', import.meta.url), 'utf8'),
);
const EVENTS = [...new Set(collected.map(({ event }) => event))];
const found = (error: PythonError) => classifyPythonError(error).event.replace('snakepit.error.', '');

describe('over the collected messages', () => {
  test.each(EVENTS)('%s has a precision and a recall of at least 0.97', (event) => {
    const ofClass = collected.filter((each) => each.event === event);
    const taken = collected.filter((each) => found(each) === event);
    const right = taken.filter((each) => each.event === event).length;
    expect(ofClass.length).toBeGreaterThan(20);
    expect(right / ofClass.length).toBeGreaterThanOrEqual(0.97);
    expect(right / taken.length).toBeGreaterThanOrEqual(0.97);
  });

  test('what a message says is read: bytes, devices, shapes, data types', () => {
    const wrong = collected.filter((error) => {
      const { measurements, metadata } = classifyPythonError(error);
      const values: Record<string, unknown> = { ...measurements, ...metadata };
      return Object.entries(error.fields).some(
        ([key, value]) => JSON.stringify(values[key]) !== JSON.stringify(value),
      );
    });
    expect(wrong.map(({ source, message }) => `${source}: ${message?.slice(0, 100)}`)).toEqual([]);
  });
});

describe('wordings that no table has', () => {
  test.each([
    ['oom', 'hipMalloc: out of memory on GPU 3 while growing the workspace'],
    ['oom', 'Could not allocate 12.5 GiB for the attention cache'],
    ['device', 'x and y live on different devices: xpu:0, cpu'],
    ['dtype_mismatch', 'fused_rope: dtypes of q and cos differ, bfloat16 and float32'],
    ['dimension_error', 'conv needs a 3-D tensor, but it has 2 dimensions'],
    ['dimension_error', 'Expected the input to have 2 dimensionality. Got 1.'],
    ['oom', 'the extension failed to allocate the memory'],
    ['shape_mismatch', 'scan: inputs have different shapes, (3, 4) and (5, 4)'],
  ])('count as %s by what they are about: %s', (event, message) => {
    expect(found({ type: 'RuntimeError', message })).toBe(event);
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
  ])('do not count where nothing differs that is of tensors: %s', (message) => {
    expect(found({ type: 'RuntimeError', message })).toBe('python_exception');
  });
});

test('what the message does not say is left out', () => {
  expect(classifyPythonError({ type: 'RuntimeError', message: 'CUDA error: out of memory' })).toEqual({
    event: 'snakepit.error.oom',
    measurements: {},
    metadata: { device: 'cuda' },
  });
});

test('a number that JavaScript cannot hold is left out', () => {
  const message =
    'CUDA out of memory. Tried to allocate 2.00 MiB. GPU 3 has a total capacity of 8.00 GiB of which 17179869184.00 GiB is free.';
  expect(classifyPythonError({ type: 'torch.OutOfMemoryError', message })).toEqual({
    event: 'snakepit.error.oom',
    measurements: { requested_bytes: 2 * 2 ** 20, total_bytes: 8 * 2 ** 30 },
    metadata: { device: 'cuda:3' },
  });
});

test('equal things are no mismatch: tensor classes that differ in the device are not of different data types', () => {
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
])('two things that differ are read in any wording: %j', (error, metadata) => {
  expect(classifyPythonError(error).metadata).toEqual(metadata);
});

test('of more than two things, none is taken for the one that was expected', () => {
  const message = 'scan: tensors have different shapes, (3, 4), (5, 4) and (6, 4)';
  expect(classifyPythonError({ message })).toMatchObject({
    event: 'snakepit.error.shape_mismatch',
    metadata: {},
  });
});

test.each([
  "KeyError: 'CUDA out of memory'",
  'Traceback (most recent call last):\n  File "a.py", line 1\n    d["CUDA out of memory"]\nKeyError: \'x\'',
])('a message that was copied with its class has that class: %j', (message) => {
  expect(classifyPythonError({ message })).toMatchObject({
    event: 'snakepit.error.python_exception',
    metadata: { type: 'KeyError', message },
  });
});

test('a message wrapped over lines is read like one on a line', () => {
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

  test('gives the type and the message where they are missing', () => {
    expect(
      classifyPythonError({ traceback: 'Traceback (most recent call last):\n  File "a.py"\nValueError: no' }),
    ).toMatchObject({
      event: 'snakepit.error.python_exception',
      metadata: { type: 'ValueError', message: 'no' },
    });
  });

  test('gives the cause that an exception was raised from', () => {
    expect(classifyPythonError({ type: 'InferenceError', message: 'failed', traceback })).toMatchObject({
      event: 'snakepit.error.oom',
      measurements: { requested_bytes: 2 ** 31 },
      metadata: { device: 'cuda:1' },
    });
  });

  test('an exception that was only being handled is not the cause', () => {
    const handled = traceback.replace(
      'The above exception was the direct cause of the following exception:',
      'During handling of the above exception, another exception occurred:',
    );
    expect(found({ type: 'InferenceError', message: 'failed', traceback: handled })).toBe('python_exception');
  });
});

describe('recognisers of your own', () => {
  const mine = pythonErrorMatcher('snakepit.error.shape_mismatch', [
    { patterns: 'mylib wants {expected}, has {got}', metadata: { operation: 'mylib' } },
  ]);

  test('are asked in their order', () => {
    const message = 'mylib wants (3, 4), has (5,)';
    expect(found({ type: 'RuntimeError', message })).toBe('python_exception');
    expect(
      classifyPythonError(
        { type: 'RuntimeError', message },
        { matchers: [mine, ...defaultPythonErrorMatchers] },
      ),
    ).toEqual({
      event: 'snakepit.error.shape_mismatch',
      measurements: {},
      metadata: { operation: 'mylib', expected: [3, 4], got: [5] },
    });
  });

  test('that throw are passed over', () => {
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

  test('with a placeholder that the event lacks are refused', () => {
    expect(() => pythonErrorMatcher('snakepit.error.oom', [{ patterns: 'wants {shape}' }])).toThrow(
      TypeError,
    );
  });
});

describe('hostile input', () => {
  test.each([undefined, null, 7, '', '\0', '{expected}', '\ud800', ['a'], { a: 1 }, Symbol('a'), () => 1])(
    'a type, message and traceback of %s are no trouble',
    (odd) => {
      const error = { type: odd, message: odd, traceback: odd } as PythonError;
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

  test.each(FRAGMENTS)('a megabyte of %j costs about as much as a tenth of it', (fragment) => {
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
    // The limit has room for a busy machine; quadratic work would take minutes.
    expect(cost(2 ** 20)).toBeLessThan(Math.max(50, 10 * cost(2 ** 17)));
  });
});
