import { expect, test } from 'vitest';
import { otlpHeaders, propagatorNames, resourceAttributes } from '../../src/configuration/merge-lists.js';

function collectWarnings() {
  const lines: string[] = [];
  return { lines, warn: (line: string) => void lines.push(line) };
}

test('a list has the form of its variable, and entries of their own have precedence', () => {
  const { lines, warn } = collectWarnings();
  const attributes = [{ name: 'team', value: 'own' }];
  expect(resourceAttributes({ attributes, attributes_list: 'team=listed,url=a%3Db=c' }, warn)).toEqual([
    { name: 'team', value: 'own' },
    { name: 'url', value: 'a=b=c' },
  ]);
  expect(otlpHeaders([{ name: 'a', value: 'own' }], 'a=listed,b=x%20y', warn)).toEqual({
    a: 'own',
    b: 'x y',
  });
  expect(lines).toEqual([]);
});

test('a list that cannot be used gives a line, without values, and entries of their own stay', () => {
  const { lines, warn } = collectWarnings();
  const attributes = [{ name: 'team', value: 'own' }];
  expect(resourceAttributes({ attributes, attributes_list: 'load=100%,b=c' }, warn)).toEqual(attributes);
  expect(otlpHeaders(undefined, 'my key=secret,a=b', warn)).toEqual({ a: 'b' });
  expect(lines).toEqual([
    expect.stringMatching(/^attributes_list of resource has no effect/),
    expect.stringMatching(/^headers_list of an OTLP exporter: header "my key" is skipped/),
  ]);
  expect(lines.join()).not.toContain('secret');
});

test('each propagator is there once, and none is no propagator', () => {
  const composite = [{ tracecontext: null }, { b3: null }, { tracecontext: {} }];
  expect(propagatorNames({ composite, composite_list: ' b3 ,baggage,,none' })).toEqual([
    'tracecontext',
    'b3',
    'baggage',
  ]);
  expect(propagatorNames({})).toEqual([]);
});

test('null is the same as an absent entry', () => {
  const { warn } = collectWarnings();
  const nothing = { attributes: null, attributes_list: null } as never;
  expect(resourceAttributes(nothing, warn)).toEqual([]);
  expect(otlpHeaders(null as never, null, warn)).toBeUndefined();
  expect(propagatorNames({ composite: null, composite_list: null } as never)).toEqual([]);
});
