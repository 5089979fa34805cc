import { fork } from 'node:child_process';
import { once } from 'node:events';
import { DROP_INTERVAL, DROPPED_PER_REPORT } from './line-producer.mjs';

/** Events that the losing producer had in memory when it was killed. */
const UNSENT = 100;

/** Returns the number of events of four producers, of which one drops some of its events and reports it. */
export function expectedTotals(perProducer) {
  const reports = Math.floor(perProducer / DROP_INTERVAL);
  return 4 * perProducer - reports + reports * DROPPED_PER_REPORT;
}

/**
 * Runs four processes that send lines. The first is killed in the middle and resumed from the last acknowledgement, so that lines come
 * twice. The second is killed and resumed after all that it can have sent, so that lines are lost. The third reports dropped events.
 *
 * @param {{ target: object, perProducer: number, name?: string, token?: string, stopsOnly?: boolean }} options
 * @returns {Promise<{ killed: number }>}
 */
export async function runProducers({ target, perProducer, name = '', token, stopsOnly }) {
  const start = (producer, from, rest = {}) => {
    const options = {
      target,
      producer: `${name}${producer}`,
      from,
      to: perProducer,
      token,
      stopsOnly,
      ...rest,
    };
    return fork(new URL('./line-producer.mjs', import.meta.url), [JSON.stringify(options)]);
  };
  const finish = async (child) => {
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`a producer exited with ${code}`);
  };
  const killInMiddle = async (producer, resumeFrom) => {
    const child = start(producer, 0, { to: Math.floor((2 * perProducer) / 3) });
    const state = { acknowledged: -1, sentBelow: 0 };
    const exited = once(child, 'exit');
    child.on('message', (message) => {
      Object.assign(state, message);
      if (state.acknowledged > perProducer / 3) child.kill('SIGKILL');
    });
    const [, signal] = await exited;
    await finish(start(producer, resumeFrom(state)));
    return signal === 'SIGKILL' ? 1 : 0;
  };
  const [repeating, losing] = await Promise.all([
    killInMiddle('repeating', ({ acknowledged }) => acknowledged + 1),
    killInMiddle('losing', ({ sentBelow }) => sentBelow + UNSENT),
    finish(start('dropping', 0, { drops: true })),
    finish(start('plain', 0)),
  ]);
  return { killed: repeating + losing };
}
