import { diag } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { callHook } from '../../../src/instrumentations/options/call-hook.js';

/** Records warnings, and rejections that nobody handles, until the end of the test. */
function watch() {
  const warn = vi.fn();
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  diag.setLogger({ error() {}, warn, info() {}, debug() {}, verbose() {} });
  onTestFinished(() => {
    diag.disable();
    process.off('unhandledRejection', unhandled);
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
  return { warn, unhandled };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test.for(['startHook', 'endHook', 'ignore', 'nameOf'] as const)(
  'an asynchronous %s that rejects is logged once, and ends no process',
  async (hook) => {
    const { warn, unhandled } = watch();
    const options = { [hook]: async () => Promise.reject(new RangeError('mine')) };
    for (let i = 0; i < 2; i++) callHook('piscina', options, hook, {} as never, {} as never, 1, 2);
    await turn();
    await turn();
    expect(unhandled).not.toHaveBeenCalled();
    expect(warn.mock.calls.map((args) => args.at(-1))).toEqual([
      `instrumentations.piscina.${hook} failed: mine`,
    ]);
  },
);

test('a thenable that a hook returns is not started', () => {
  const then = vi.fn();
  callHook('piscina', { ignore: () => ({ then }) as never }, 'ignore', {} as never);
  expect(then).not.toHaveBeenCalled();
});
