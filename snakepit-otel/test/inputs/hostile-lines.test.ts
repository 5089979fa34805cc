import { expect, test } from 'vitest';
import { randomFrom } from '../../../test/helpers/random.js';
import { connectTo, eventually, line, startUnix } from '../helpers/inputs.js';

const LINES = 100_000;
const NASTY = [
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '\u202e',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '1180591620717411303424',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '\ufeff',
  '\r',
  '💥',
];

/** Returns true for a hello, which is neither accepted nor refused. */
function isHello(text: string): boolean {
  try {
    return (
      typeof (JSON.parse(text) as { hello?: unknown }).hello === 'object' && JSON.parse(text).hello !== null
    );
  } catch {
    return false;
  }
}

/** Returns a mutation of an event: valid, invalid or no JSON at all. Never contains a line feed. */
function hostileLine(random: () => number): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const value = (depth: number): unknown => {
    if (depth > 3) return pick(NASTY);
    return pick<() => unknown>([
      () => pick(NASTY),
      () => random() * 1e18,
      () => null,
      () => random() < 0.5,
      () => Array.from({ length: random() * 5 }, () => value(depth + 1)),
      () => Object.fromEntries(Array.from({ length: random() * 5 }, () => [pick(NASTY), value(depth + 1)])),
    ])();
  };
  const keys = [
    'event',
    'measurements',
    'metadata',
    'timestamp_ns',
    'correlation_id',
    'traceparent',
    'producer',
    'seq',
    'dropped',
    'hello',
    '__proto__',
  ];
  const wire: Record<string, unknown> = { event: 'inputs.hostile', measurements: { duration: 1 } };
  for (let i = random() * 4; i > 0; i--) {
    const key = pick(keys);
    // Text is no hello and no number of dropped events: every line is an event or is refused.
    const content = key === 'hello' || key === 'dropped' ? pick(NASTY) : value(0);
    Object.defineProperty(wire, key, { value: content, enumerable: true, configurable: true });
  }
  let text = JSON.stringify(wire);
  for (let i = random() * 3; i > 1; i--) {
    const at = Math.floor(random() * text.length);
    text = text.slice(0, at) + pick(NASTY) + text.slice(at + Math.floor(random() * 6));
  }
  if (random() < 0.001) text = text.replace('{', `{"long":"${'x'.repeat(70_000)}",`);
  const bytes = Buffer.from(text.replaceAll('\n', ' '));
  // Bytes that are not UTF-8.
  if (random() < 0.05) bytes[Math.floor(random() * bytes.length)] = 0xff;
  return bytes;
}

test.each([20261126])(
  `${LINES} hostile lines through a socket: each is accepted or refused, seed %i`,
  { tags: ['H35'] },
  async (seed) => {
    const random = randomFrom(seed);
    const { path, totals, refused } = await startUnix();
    const socket = await connectTo({ path });
    const heapAfter: number[] = [];
    let hellos = 0;
    for (let sent = 0; sent < LINES; ) {
      const lines: Buffer[] = [];
      for (let i = 0; i < 500; i++, sent++) {
        const hostile = hostileLine(random);
        if (isHello(hostile.toString())) hellos++;
        lines.push(hostile, Buffer.from('\n'));
      }
      if (!socket.write(Buffer.concat(lines))) await new Promise((resolve) => socket.once('drain', resolve));
      if (sent % (LINES / 10) === 0) heapAfter.push(process.memoryUsage().heapUsed);
    }
    socket.write(line({ event: 'last' }));
    await eventually(() =>
      expect(Number(totals.accepted) + Number(totals.refused) + Number(totals.duplicate)).toBe(
        LINES + 1 - hellos,
      ),
    );
    expect(totals.accepted).toBeGreaterThan(LINES / 10);
    expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBe(totals.refused);
    expect(Object.keys(refused).length).toBeLessThan(15);
    expect(refused).toMatchObject({ line_malformed: expect.any(Number), line_too_long: expect.any(Number) });
    // The sandbox of prototypes is intact.
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(heapAfter.at(-1)).toBeLessThan(2 * Number(heapAfter[2]) + 50e6);
  },
);
