import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ClassifyOptions, classifyPythonError } from '../../src/errors/classify.js';
import { defaultPythonErrorMatchers, librariesOf, ruleMatcher } from '../../src/errors/matchers.js';
import { type PythonError, parsePythonError } from '../../src/errors/python-error.js';
import { type PythonErrorMatcher, pythonErrorMatcher } from '../../src/errors/python-error-matcher.js';
import { expectLinearCost, hostileCases } from '../helpers/linear-cost.js';

/** A message from a public thread (`source`) or produced with the library itself, and its expected classification. */
interface LabeledMessage extends PythonError {
  readonly source: string;
  readonly event: string;
  /** Events that are accepted, too. */
  readonly also_acceptable?: readonly string[];
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly category?: string;
}

const COLLECTIONS = [
  'messages',
  'second-collection',
  'third-collection',
  'fourth-collection',
  'fifth-collection',
  'sixth-collection',
  'seventh-collection',
  'eighth-collection',
  'ninth-collection',
  'tenth-collection',
  'eleventh-collection',
  'twelfth-collection',
];
const messages: readonly LabeledMessage[] = COLLECTIONS.flatMap((name) =>
  JSON.parse(readFileSync(new URL(`../fixtures/python-errors/${name}.json`, import.meta.url), 'utf8')),
);
const EVENTS = [...new Set(messages.map(({ event }) => event))];
const classOf = (error: PythonError, options?: ClassifyOptions) =>
  classifyPythonError(error, options).event.replace('snakepit.error.', '');

/** Returns the precision and the recall of a class, with the classification of each message. */
function measure(event: string, actual: ReadonlyMap<LabeledMessage, string>) {
  const label = (each: LabeledMessage) => {
    const name = actual.get(each) ?? '';
    return each.also_acceptable?.includes(name) ? name : each.event;
  };
  const expected = messages.filter((each) => label(each) === event);
  const classified = messages.filter((each) => actual.get(each) === event);
  const correct = classified.filter((each) => label(each) === event).length;
  return { n: expected.length, precision: correct / classified.length, recall: correct / expected.length };
}

describe('the collected messages', () => {
  const classes = new Map(messages.map((each) => [each, classOf(each)]));
  /** Without the wordings of every library that knows the message: only the general rules decide. */
  const withoutLibrary = new Map(
    messages.map((each) => [
      each,
      classOf(each, { matchers: [ruleMatcher(librariesOf(parsePythonError(each)))] }),
    ]),
  );

  test.each(EVENTS)('classify as %s with a precision and a recall of at least 0.97', (event) => {
    const { n, precision, recall } = measure(event, classes);
    expect(n).toBeGreaterThan(20);
    expect(precision).toBeGreaterThanOrEqual(0.97);
    expect(recall).toBeGreaterThanOrEqual(0.97);
  });

  test.each(EVENTS)('classify as %s without the wordings of their library', (event) => {
    const { precision, recall } = measure(event, withoutLibrary);
    expect(precision).toBeGreaterThanOrEqual(0.95);
    expect(recall).toBeGreaterThanOrEqual(0.9);
  });

  test('yield their bytes, devices, shapes and data types', () => {
    const wrong = messages.filter((error) => {
      const { event, measurements, metadata } = classifyPythonError(error);
      const values: Record<string, unknown> = { ...measurements, ...metadata };
      return (
        event === `snakepit.error.${error.event}` &&
        Object.entries(error.fields ?? {}).some(
          ([key, value]) => JSON.stringify(values[key]) !== JSON.stringify(value),
        )
      );
    });
    expect(wrong.map(({ source, message }) => `${source}: ${message?.slice(0, 100)}`)).toEqual([]);
  });

  test('yield their categories', () => {
    const labeled = messages.filter(({ category }) => category !== undefined);
    const wrong = labeled.filter((error) => {
      const metadata: Readonly<Record<string, unknown>> = classifyPythonError(error).metadata;
      return metadata.category !== undefined && metadata.category !== error.category;
    });
    expect(labeled.length).toBeGreaterThan(50);
    expect(wrong.map(({ category, type, message }) => [category, type, message])).toEqual([]);
  });
});

describe('what only resembles an error of a tensor', () => {
  test.each([
    [
      'the echo of an input by pydantic',
      'pydantic_core._pydantic_core.ValidationError',
      "1 validation error for Request\nprompt\n  String should have at most 20 characters [type=string_too_long, input_value='out of memory', input_type=str]",
    ],
    ['a prompt', 'ValueError', "The prompt 'CUDA out of memory' is not allowed"],
    [
      'a warning',
      '',
      '2025-05-18 21:59:55.086788: W external/xla/xla/tsl/framework/bfc_allocator.cc:310] Allocator (GPU_0_bfc) ran out of memory trying to allocate 3.37GiB with freed_by_count=0. The caller indicates that this is not a failure, but this may mean that there could be performance gains if more memory were available.',
    ],
  ])('is python_exception: %s', (_, type, message) => {
    expect(classOf({ type, message })).toBe('python_exception');
  });
});

test.each([
  'No CUDA GPUs are available',
  'Torch not compiled with CUDA enabled',
  'Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error? Error 802: system not yet initialized',
  'Unexpected error from cudaGetDeviceCount(). Error 804: forward compatibility was attempted on non supported HW',
  'CUDA error: invalid device ordinal',
  "Unknown backend: 'gpu' requested, but no platforms that are instances of gpu are present. Platforms present are: cpu",
  'Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False.',
])('an accelerator that cannot be used is no mismatch of devices: %s', (message) => {
  expect(classifyPythonError({ type: 'RuntimeError', message })).toMatchObject({
    event: 'snakepit.error.python_exception',
    metadata: { category: 'accelerator_unavailable' },
  });
});

test.each([
  [
    'std::bad_alloc: out_of_memory: RMM failure at:/rmm/mr/device/pool_memory_resource.hpp:196: Maximum pool size exceeded',
    { device: 'cuda', memory: 'device' },
  ],
  [
    'Unable to allocate 8.00 GiB for an array with shape (4, 4) and data type float64',
    { device: 'cpu', memory: 'host' },
  ],
  ['', { device: 'cpu', memory: 'host' }],
])('names whose memory ran out: MemoryError: %s', (message, metadata) => {
  expect(classifyPythonError({ type: 'MemoryError', message }).metadata).toEqual(metadata);
});

test('of two operands of which none is the reference, the first one named is expected', () => {
  const message = 'a and b must have same reduction dim, but got [16, 5120] X [2048, 5120].';
  expect(classifyPythonError({ type: 'RuntimeError', message })).toMatchObject({
    metadata: { expected: [16, 5120], got: [2048, 5120] },
  });
});

describe('an explained classification', () => {
  test('has the rule and the facts', () => {
    const error = {
      type: 'RuntimeError',
      message: 'fused_add: tensors have different shapes, (3, 4) and (s4, s0*s53)',
    };
    expect(classifyPythonError(error)).not.toHaveProperty('explanation');
    expect(classifyPythonError(error, { explain: true }).explanation).toMatchObject({
      rule: 'shapes-differ',
      facts: {
        type: 'RuntimeError',
        shapes: [
          [3, 4],
          ['s4', 's0*s53'],
        ],
        statements: [{ text: error.message }],
      },
    });
  });

  test.each([
    [{ type: 'RuntimeError', message: 'Dst tensor is not initialized' }, 'wording:tensorflow'],
    [{ type: 'OSError', message: '[Errno 28] No space left on device' }, 'category:storage'],
    [{ type: 'ValueError', message: 'bad' }, 'none'],
  ])('names what decided: %j', (error, rule) => {
    expect(classifyPythonError(error, { explain: true }).explanation?.rule).toBe(rule);
  });

  test('names a matcher of the caller', () => {
    const matchers = [pythonErrorMatcher('snakepit.error.oom', [{ patterns: 'full' }])];
    expect(classifyPythonError({ message: 'full' }, { matchers, explain: true }).explanation?.rule).toBe(
      'matcher',
    );
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
  ])('are classified by rules as %s: %s', (event, message) => {
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
])('rules read two values that differ: %j', (error, metadata) => {
  expect(classifyPythonError(error).metadata).toEqual(metadata);
});

test('rules read no values if more than two differ', () => {
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

  test.each(hostileCases)('the cost of a megabyte of %j is linear in its length', (_, i) => {
    expectLinearCost(i, (text) =>
      classifyPythonError({ type: 'RuntimeError', message: text, traceback: text }),
    );
  });
});
