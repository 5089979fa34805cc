import { expect, onTestFinished, test, vi } from 'vitest';
import { correlationIds } from '../../../../src/common/correlation-ids.js';
import { randomFrom } from '../../../../test/helpers/random.js';
import { SamplingWatch } from '../../../src/inputs/otlp/sampling-watch.js';

/** Starts a watch, and a clock that the test sets. */
function startWatch(isReported = (_id: string) => false) {
  const warnings = new Set<string>();
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const watch = new SamplingWatch(isReported, (line) => warnings.add(line));
  const pass = (ms: number) => {
    now += ms;
  };
  /** Sends the spans of requests, those of Python seconds before those of Elixir. */
  const send = (count: number, intervalMs: number, keeps: (side: 'Elixir' | 'Python') => boolean) => {
    const late: (() => void)[] = [];
    for (let i = 0; i < count; i++) {
      const id = correlationIds(`sp-${i}`).callSpanId;
      if (keeps('Python')) watch.seeRequest(id);
      late.push(keeps('Elixir') ? () => watch.seeCall(id) : () => {});
      if (late.length * intervalMs > 5000) late.shift()?.();
      pass(intervalMs);
    }
    for (const arrive of late) arrive();
    pass(60_000);
    for (let i = 0; i < 2; i++) watch.seeRequest(`${i}`.repeat(16));
  };
  return { warnings, send };
}

const named = (warnings: Set<string>) =>
  [...warnings].map((line) => /none of (\w+)/.exec(line)?.[1]).toSorted();

test.each([
  [1000, 200],
  [50_000, 1],
])('%i requests with both spans are no reason to warn, one in %i ms', (count, intervalMs) => {
  const { warnings, send } = startWatch();
  send(count, intervalMs, () => true);
  expect(named(warnings)).toEqual([]);
});

test.each([
  [1000, 200],
  [50_000, 1],
])('samplers with a ratio in both processes are noticed: %i requests, one in %i ms', (count, intervalMs) => {
  const { warnings, send } = startWatch();
  const random = randomFrom(3);
  send(count, intervalMs, () => random() < 0.3);
  expect(named(warnings)).toEqual(['Elixir', 'Python']);
});

test.each(['Elixir', 'Python'])('a sampler in one process is noticed: %s', (sampled) => {
  const { warnings, send } = startWatch();
  const random = randomFrom(3);
  send(1000, 200, (side) => side !== sampled || random() < 0.5);
  expect(named(warnings)).toEqual([sampled]);
});

test.each(['Elixir', 'Python'])('a process that exports nothing to the agent is no sampler: %s', (silent) => {
  const { warnings, send } = startWatch();
  send(1000, 200, (side) => side !== silent);
  expect(named(warnings)).toEqual([]);
});

test('calls that events report are not missing', () => {
  const { warnings, send } = startWatch(() => true);
  const random = randomFrom(3);
  send(1000, 200, (side) => side === 'Python' || random() < 0.5);
  expect(named(warnings)).toEqual([]);
});

test('spans that a short outage costs are no sampler', () => {
  const { warnings, send } = startWatch();
  let spans = 0;
  send(2000, 200, () => ++spans % 40 !== 0);
  expect(named(warnings)).toEqual([]);
});
