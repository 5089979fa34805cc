// 100,000 malformed, hostile and oversized lines, the same in each run.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { parseWireLine } from '../../src/bridge/parse-line.js';
import { publishWireEvent } from '../../src/bridge/wire-event.js';
import { catalogEvents } from '../../src/catalog/events/index.js';
import { randomFrom } from '../helpers/random.js';
import { instrumentedHost } from '../helpers/sdk.js';

const LINES = 100_000;
const WARM_UP = 20_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function lineGenerator(seed: number): () => string {
  const next = randomFrom(seed);
  const below = (end: number) => Math.floor(next() * end);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const word = () => below(2 ** 30).toString(36);
  const names = catalogEvents.map(([name]) => name);

  const scalar = (): unknown =>
    pick([
      () => below(1000),
      () => -next() * 1e300,
      () => 2 ** 70,
      () => null,
      () => true,
      () => word(),
      () => '',
      () => '{:cuda, 0}',
      () => `Elixir.${word()}`,
      () => '\ud800 \u0000\u001b[2J\u2028',
      () => 'é'.repeat(below(next() < 0.1 ? 3000 : 30)),
      () => '__proto__',
      () => '12e3',
      () => 'password=hunter2 AKIAIOSFODNN7EXAMPLE',
    ])();
  const deep = (depth: number): unknown => {
    const inner = depth === 0 ? scalar() : deep(depth - 1);
    return pick([[inner], { a: inner }]);
  };
  const value = (): unknown =>
    pick([
      scalar,
      scalar,
      scalar,
      () => Array.from({ length: below(20) }, scalar),
      () => ({ [word()]: scalar(), __proto__: scalar() }),
      () => deep(below(60)),
    ])();
  const key = () =>
    pick([
      'duration',
      'system_time',
      'count',
      'worker_id',
      'pool',
      'pool_name',
      'device',
      'correlation_id',
      'timestamp_ns',
      'traceparent',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'then',
      '',
      'error',
      'error_message',
      'telemetry_span_context',
      word(),
      'k'.repeat(below(300)),
    ]);
  const map = () => {
    const isLarge = next() < 0.01;
    const count = isLarge ? below(200) : below(6);
    return Object.fromEntries(Array.from({ length: count }, () => [isLarge ? word() : key(), value()]));
  };
  const event = () =>
    pick<() => unknown>([
      () => pick(names),
      () => pick(names),
      () => `fuzz.${word()}`,
      () => `fuzz.${word()}.${pick(['start', 'stop', 'exception'])}`,
      () => `snakepit.${word()}`,
      () => 'snakepit.bridge.producer.ended',
      () => 'A..b',
      value,
    ])();
  const wire = () => ({
    event: event(),
    measurements: next() < 0.95 ? map() : value(),
    metadata: next() < 0.95 ? map() : value(),
    ...(next() < 0.5 && { timestamp_ns: pick([1.79e18, '1795695548973168217', -1, 'x'.repeat(50), {}]) }),
    ...(next() < 0.5 && { correlation_id: pick([word(), '', null, 5, [], 'c'.repeat(5000)]) }),
    ...(next() < 0.3 && { producer: pick([word(), 'p'.repeat(100), 5, null]) }),
    ...(next() < 0.3 && { traceparent: pick([`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'x', 5]) }),
  });

  const damaged = (text: string) => {
    const at = below(text.length + 1);
    return pick([
      () => text.slice(0, at),
      () =>
        text.slice(0, at) +
        pick(['"', '\\', '{', 'NaN', '-Infinity', '\u0000', ',', '1e999']) +
        text.slice(at),
      () => text.slice(0, at) + text.slice(at + 1 + below(10)),
      () => text.replace(/:\d+/g, () => pick([':NaN', ':-Infinity', ':1e999', ':+1'])),
    ])();
  };
  return () => {
    const line = JSON.stringify(wire());
    const kind = next();
    if (kind < 0.6) return line;
    if (kind < 0.95) return damaged(line);
    if (kind < 0.99)
      return pick(['', 'null', '[]', '{', '"', 'NaN', '{"a":NaN}', line + line, `\u0000${line}`]);
    if (kind < 0.995) return pick(['"', '[', '{"a":', '\\"', 'NaN', '-']).repeat(below(30_000));
    return `{"event":"fuzz.long","metadata":{"text":"${'x'.repeat(60_000 + below(20_000))}"}}`;
  };
}

test('hostile lines neither throw nor accumulate, and each is accepted or refused', async () => {
  const host = instrumentedHost();
  const nextLine = lineGenerator(20_26);
  const results = new Map<string, number>();
  let heapAfterWarmUp = 0;
  for (let i = 0; i < LINES; i++) {
    const parsed = parseWireLine(nextLine());
    const result = 'wire' in parsed ? publishWireEvent(parsed.wire, 'fuzz') : parsed.refusal;
    results.set(result, (results.get(result) ?? 0) + 1);
    if (i % 1000 === 0) host.forget();
    if (i === WARM_UP) {
      await host.metrics();
      heapAfterWarmUp = heapUsed();
    }
  }
  host.forget();

  expect([...results.values()].reduce((sum, count) => sum + count)).toBe(LINES);
  expect([...results.keys()].toSorted()).toEqual([
    'accepted',
    'event_missing',
    'event_name_invalid',
    'event_reserved',
    'line_malformed',
    'line_too_long',
    'measurements_invalid',
    'metadata_invalid',
    'not_an_object',
    'producer_invalid',
    'too_many_keys',
  ]);
  expect(results.get('accepted')).toBeGreaterThan(LINES / 4);
  const metrics = await host.metrics();
  const series = metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.length] as const);
  expect(series.filter(([, count]) => count > 2000)).toEqual([]);
  expect(JSON.stringify(metrics.map(({ dataPoints }) => dataPoints))).not.toContain('hunter2');
  expect((heapUsed() - heapAfterWarmUp) / 2 ** 20).toBeLessThan(64);
}, 300_000);
