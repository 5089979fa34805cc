import { execute, span } from 'opentelemetry-instrumentation-snakepit';
import { compare, quantile } from './compare.mjs';

const pools = ['default', 'vision', 'text', 'audio'];
/** Work that nobody receives, by title. */
const WORK = {
  'event that feeds one counter': (i) =>
    execute('snakepit.circuit_breaker.call.allowed', {}, { pool: pools[i & 3], state: 'closed' }),
  'start and stop event of a span': (i) => {
    execute('snakepit.hardware.detect.start', { system_time: i }, {});
    execute('snakepit.hardware.detect.stop', { duration: i }, { accelerator: 'cpu', platform: 'linux' });
  },
  'span() with two attributes': (i) =>
    span('snakepit.hardware.detect', { pool: 'default', user_id: i }, () => i),
};
const ROUNDS = 15;

/**
 * Compares events and spans that nobody receives with the same ones in a situation. Alternates between both, so that a busy
 * machine slows both alike.
 *
 * @param {string} situation for the titles, and the name of the candidate
 * @param {{ enter: () => unknown, leave: () => unknown }} switches enter and leave the situation
 */
export async function compareWithUnobserved(situation, { enter, leave }) {
  const results = Object.keys(WORK).map(() => ({ unobserved: [], [situation]: [] }));
  const measure = async (name) => {
    const times = await compare(WORK, { rounds: 1, calls: 50_000 });
    for (const [index, ns] of Object.values(times).entries()) results[index][name].push(ns);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await measure('unobserved');
    await enter();
    await measure(situation);
    await leave();
  }
  return Object.keys(WORK).map((work, index) => ({
    title: `${work}, ${situation}`,
    target: 1.5,
    baseline: 'unobserved',
    ours: situation,
    times: Object.fromEntries(
      Object.entries(results[index]).map(([name, times]) => [name, quantile(times, 0.5)]),
    ),
  }));
}
