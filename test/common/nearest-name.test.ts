import { describe, expect, test } from 'vitest';
import { nearestName } from '../../src/common/nearest-name.js';

describe('nearestName', () => {
  test.each([
    ['prot', ['host', 'port'], 'port'],
    ['serviceNam', ['serviceName', 'traces'], 'serviceName'],
    ['OTPL', ['otlp', 'console'], 'otlp'],
    ['xyz', ['host', 'port'], undefined],
    ['print-configuration', ['print-config', 'port'], 'print-config'],
    ['prom', ['prometheus-exporter', 'prometheus', 'port'], 'prometheus'],
    ['por', ['portable'], undefined],
    ['ports', ['portable', 'port'], 'port'],
    ['', ['a'], undefined],
    ['x'.repeat(1000), ['x'.repeat(999)], undefined],
  ])('of %j in %j is %j', (name, allowed, expected) => {
    expect(nearestName(name, allowed)).toBe(expected);
  });

  test('with a limit, is no name that only begins alike', () => {
    expect(nearestName('OTEL_SERVICE', ['OTEL_SERVICE_NAME'], 2)).toBeUndefined();
  });
});
