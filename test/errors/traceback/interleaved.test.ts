import { describe, expect, test } from 'vitest';
import { TracebackReader } from '../../../src/errors/traceback/traceback-reader.js';
import { randomFrom } from '../../helpers/random.js';

const RUNS = 200;
const PREFIXES = [
  (rank: number) => `[rank${rank}]: `,
  (rank: number) => `[default${rank}]:`,
  (rank: number) => `(train pid=${1000 + rank}, ip=10.0.0.${rank}) `,
  (rank: number) => `worker-${rank}  | `,
  (rank: number, line: number) =>
    `(EngineCore_${rank} pid=4${rank}) ERROR 07-29 21:48:5${line % 10} [core.py:${98 + line}] `,
  (rank: number, line: number) => `2026-01-01T10:00:00.${line}Z pod-${rank} `,
];
const NOISE = [
  'INFO ready',
  ' 30%|###   | 3/10',
  '',
  'step 3 done',
  '[W1126 10:00:00.0 ProcessGroup.cpp:12] Warning: slow',
];

/** Returns a traceback with a random number of frames, of which some are in an exception that it was raised from. */
function tracebackOf(rank: number, random: () => number): string[] {
  const frames = () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i) => [
      `  File "/app/rank${rank}.py", line ${i + 1}, in f${i}`,
      `    f${i + 1}(batch)`,
      '    ^^^^^^^^^',
    ]).flat();
  const cause =
    random() < 0.3
      ? [
          'Traceback (most recent call last):',
          ...frames(),
          "KeyError: 'x'",
          '',
          'The above exception was the direct cause of the following exception:',
          '',
        ]
      : [];
  return [...cause, 'Traceback (most recent call last):', ...frames(), `ValueError: rank ${rank} failed`];
}

/** Returns the lines of several lists, of which each keeps its order. */
function interleave(lists: readonly (readonly string[])[], random: () => number): string[] {
  const rest = lists.map((list) => [...list]);
  const lines: string[] = [];
  while (rest.some(({ length }) => length > 0)) {
    const list = rest[Math.floor(random() * rest.length)];
    // A few lines at once, as a process that is not interrupted prints them.
    lines.push(...(list?.splice(0, 1 + Math.floor(random() * 3)) ?? []));
  }
  return lines;
}

/** Returns the messages that a reader finds in the text, which it is given in chunks of random length. */
function messagesOf(text: string, random: () => number): string[] {
  const messages: string[] = [];
  const reader = new TracebackReader(({ message }) => messages.push(message));
  for (let from = 0; from < text.length; ) {
    const to = from + 1 + Math.floor(random() * 400);
    reader.write(text.slice(from, to));
    from = to;
  }
  reader.flush();
  return messages.sort();
}

describe('the mixed lines of N ranks', () => {
  test.each(PREFIXES.map((prefix) => [prefix(0, 0), prefix] as const))(
    'yield N tracebacks with the prefix %j',
    (_, prefix) => {
      for (let seed = 0; seed < RUNS; seed++) {
        const random = randomFrom(seed);
        const ranks = 1 + Math.floor(random() * 16);
        const lists = Array.from({ length: ranks }, (_, rank) =>
          tracebackOf(rank, random).map((line, i) => prefix(rank, i) + line),
        );
        const noise = Array.from({ length: 10 }, () => NOISE[Math.floor(random() * NOISE.length)] ?? '');
        const text = `${interleave([...lists, noise], random).join('\n')}\n`;
        expect(messagesOf(text, random), `seed ${seed}`).toEqual(
          Array.from({ length: ranks }, (_, rank) => `rank ${rank} failed`).sort(),
        );
      }
    },
  );

  test('never yield a message of another rank, whatever lines are lost', () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const random = randomFrom(1000 + seed);
      const lists = Array.from({ length: 8 }, (_, rank) =>
        tracebackOf(rank, random)
          .filter(() => random() < 0.9)
          .map((line, i) => (PREFIXES[0] ?? String)(rank, i) + line),
      );
      const messages = messagesOf(`${interleave(lists, random).join('\n')}\n`, random);
      expect(messages.length, `seed ${seed}`).toBeLessThanOrEqual(16);
      for (const message of messages) {
        const ranks = new Set(message.match(/(?<=rank ?)\d/g));
        expect(message, `seed ${seed}`).toMatch(/^(?:rank \d failed|'x')/);
        expect(ranks.size, `seed ${seed}`).toBeLessThanOrEqual(1);
      }
    }
  });
});
