import { describe, expect, test } from 'vitest';
import { nearestName } from '../../src/common/nearest-name.js';

describe('nearestName', () => {
  test.each([
    ['prot', ['host', 'port'], 'port'],
    ['serviceNam', ['serviceName', 'traces'], 'serviceName'],
    ['OTPL', ['otlp', 'console'], 'otlp'],
    ['xyz', ['host', 'port'], undefined],
    ['', ['a'], undefined],
    ['x'.repeat(1000), ['x'.repeat(999)], undefined],
  ])('of %j in %j is %j', (name, allowed, expected) => {
    expect(nearestName(name, allowed)).toBe(expected);
  });
});
