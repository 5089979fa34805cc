import { describe, expect, test } from 'vitest';
import { attributeValue, eventAttributes, exportedKeys, toAttributes } from '../../src/catalog/attributes.js';
import { catalogEvents } from '../../src/catalog/events/index.js';
import { measured } from '../helpers/measured.js';

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
};
const MAX_LENGTH = 1024;
const MAX_ITEMS = 128;

describe('lengths are capped', () => {
  test.each<[string, unknown]>([
    ['a list of 1,000,000 texts', new Array(1_000_000).fill('item')],
    ['a list of 1,000,000 numbers', new Array(1_000_000).fill(7)],
    ['a text of 10,000,000 characters in a list', ['x'.repeat(10_000_000)]],
    ['a text of 10,000,000 characters', 'x'.repeat(10_000_000)],
    ['a text of 10,000,000 characters in a structure', { a: { b: ['y'.repeat(10_000_000)] } }],
    ['a list of 1,000,000 structures', new Array(1_000_000).fill({ a: 1 })],
    ['a nested list of 1,000,000 items', { list: new Array(1_000_000).fill('z') }],
    ['a list with holes', new Array(1_000_000)],
    ['a set', new Set(Array.from({ length: 100_000 }, (_, i) => i))],
    ['a map', new Map(Array.from({ length: 100_000 }, (_, i) => [i, i]))],
    ['binary data', new Uint8Array(10_000_000)],
    ['a key of 10,000,000 characters', { ['k'.repeat(10_000_000)]: 1 }],
    ['a bigint of 10,000 digits', 10n ** 10_000n],
  ])('%s', { tags: ['H15'] }, (_what, value) => {
    const exported = attributeValue(value);
    expect(exported).toBeDefined();
    const items = Array.isArray(exported) ? exported : [exported];
    expect(items.length).toBeLessThanOrEqual(MAX_ITEMS);
    for (const item of items) expect(String(item).length).toBeLessThanOrEqual(MAX_LENGTH);
    measured('items', items.length);
    measured('characters of an item', Math.max(...items.map((item) => String(item).length)));
  });

  test('names and numbers of attributes', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i]));
    expect(Object.keys(toAttributes(many))).toHaveLength(1024);
    const [name] = Object.keys(toAttributes({ ['n'.repeat(1_000_000)]: 1 }));
    expect(name).toHaveLength(256);
  });

  test('a getter that throws costs its attribute', () => {
    const metadata = {
      get bad() {
        throw new Error('no');
      },
      good: 1,
    };
    expect(toAttributes(metadata)).toEqual({ 'snakepit.bad': '[unreadable]', 'snakepit.good': 1 });
  });

  test('lists keep the items that fit', () => {
    expect(attributeValue(['a', 'b'])).toEqual(['a', 'b']);
    expect(attributeValue([1, 2])).toEqual([1, 2]);
    expect(attributeValue(['x'.repeat(2000), 'b'])).toEqual(['x'.repeat(MAX_LENGTH), 'b']);
  });

  test('a list is copied: changes after the event are not exported', () => {
    const list = ['a'];
    const exported = attributeValue(list);
    list.push('b');
    expect(exported).toEqual(['a']);
  });
});

describe('every value has an encoding', () => {
  test.each<[string, unknown, unknown]>([
    ['NaN', Number.NaN, undefined],
    ['Infinity', Number.POSITIVE_INFINITY, undefined],
    ['-Infinity', Number.NEGATIVE_INFINITY, undefined],
    ['NaN in a list', [1, Number.NaN], ['1', 'NaN']],
    ['a small bigint', 5n, 5],
    ['a large bigint', 2n ** 80n, '1208925819614629174706176'],
    ['an integer beyond 64 bits', 1e308, '1e+308'],
    ['an integer beyond 53 bits', 1_700_000_000_000_000_000, 1_700_000_000_000_000_000],
    ['a fraction', 1.5, 1.5],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['a lone surrogate in a list', ['\udc00'], ['\ufffd']],
    ['a pair that the cap would split', `${'x'.repeat(1023)}😀`, `${'x'.repeat(1023)}\ufffd`],
    ['control characters', 'a\u001b[31mb\u0000\u009bc\u202ed', 'ab' + 'd'],
    ['lines', 'a\n\tb', 'a\n\tb'],
    ['an Error', new TypeError('hunter2'), 'TypeError'],
    ['a proxy that was revoked', revoked(), '[unprintable]'],
    ['an Error in a structure', { error: new TypeError('hunter2') }, '{"error":"TypeError"}'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['an invalid date', new Date(Number.NaN), 'null'],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no');
        },
        b: 1,
      },
      '{"a":"[unreadable]","b":1}',
    ],
    [
      'toJSON that throws',
      {
        toJSON() {
          throw new Error('no');
        },
      },
      '[unprintable]',
    ],
  ])('%s', (_what, value, expected) => {
    expect(attributeValue(value)).toEqual(expected);
  });
});

describe('values of secret keys are redacted', () => {
  test.each([
    'password',
    'api_key',
    'db_password',
    'http.request.header.authorization',
    'accessToken',
    'client_secret',
  ])('%s', (key) => {
    const [exported] = Object.values(toAttributes({ [key]: 'hunter2' }));
    expect(exported).toBe('[redacted]');
    expect(Object.values(toAttributes({ [key]: ['hunter2'] }))).toEqual(['[redacted]']);
    expect(attributeValue({ nested: { [key]: 'hunter2' } })).toBe(`{"nested":{"${key}":"[redacted]"}}`);
  });

  test('keys of other meaning stay', () => {
    const metadata = {
      token: 'the',
      max_tokens: 5,
      tokenizer: 'bert',
      key: 'hardware_info',
      use_auth_token: true,
    };
    expect(Object.values(toAttributes(metadata))).toEqual(Object.values(metadata));
    expect(Object.values(toAttributes({ token: 'Qx7Lm2Zt9Rv4Kp1W' }))).toEqual(['[redacted]']);
  });
});

describe('errors are exported as their class', () => {
  const fields = catalogEvents.flatMap(([name, definition]) =>
    Object.entries(definition.metadata)
      .filter(([, field]) => field.error)
      .map(([key]) => ({ name, key, definition })),
  );
  const exported = (index: number, error: unknown, includeSensitive = false) => {
    const { key, definition } = fields[index] as (typeof fields)[number];
    const event = { measurements: {}, metadata: { [key]: error } };
    return Object.values(eventAttributes(event, exportedKeys(definition, includeSensitive)))[0];
  };

  test.each(fields.map(({ name, key }, index) => ({ name, key, index })))('$key of $name', ({ index }) => {
    expect(exported(index, new RangeError('user text'))).toBe('RangeError');
    expect(exported(index, 'TypeError')).toBe('TypeError');
    expect(exported(index, 'ValueError: user text')).toBe('ValueError');
    expect(exported(index, 'user text')).toBeUndefined();
    expect(exported(index, ['error', 'timeout'])).toBe('["error","timeout"]');
    expect(exported(index, ['error', { message: 'user text' }])).toBe('["error"]');
    expect(exported(index, '{:error, :timeout}')).toBe('["error","timeout"]');
    expect(exported(index, '{:error, "user text"}')).toBe('["error"]');
    expect(exported(index, Object.assign(new Error('x'), { name: 'user text' }))).toBe('Error');
    expect(exported(index, new RangeError('user text'), true)).toContain('user text');
    expect(exported(index, 'user text, password=hunter2', true)).toBe('user text, password=[redacted]');
  });

  test('the catalog marks those that carry any error', () => {
    expect(fields.map(({ name, key }) => `${name} ${key}`)).toEqual(
      expect.arrayContaining([
        'snakepit.retry.exhausted last_error',
        'snakepit.circuit_breaker.call.failure error',
        'snakepit.circuit_breaker.call.fallback error',
        'snakepit.circuit_breaker.health_check.failed error',
        'snakepit.grpc_worker.execute.exception reason',
      ]),
    );
  });
});
