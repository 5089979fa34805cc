import { basename } from 'node:path';
import { setSourceMapsEnabled } from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { type Method, wrapMethod } from '../../../src/instrumentations/patching/wrap-method.js';
import { callerOf } from '../../../src/instrumentations/piscina/caller-of.js';

const SETTINGS = ['prepareStackTrace', 'stackTraceLimit'] as const;
const settings = () => SETTINGS.map((key) => Object.getOwnPropertyDescriptor(Error, key));

/** Returns the name of the file that calls a wrapped method: this one. */
function caller(): string {
  let file: string | undefined;
  const target = { method() {} };
  wrapMethod(target, 'method', () => {
    const wrapper: Method = () => {
      file = callerOf(wrapper);
    };
    return wrapper;
  });
  target.method();
  return basename(file ?? '');
}

test.for<[string, () => void]>([
  ['as Node does', () => {}],
  ['with source maps', () => setSourceMapsEnabled(true)],
  [
    'as an array',
    () => Object.assign(Error, { prepareStackTrace: (_error: Error, sites: unknown) => sites }),
  ],
  ['without frames', () => Object.assign(Error, { stackTraceLimit: 0 })],
])('finds the caller in a process that shows stacks %s, and leaves the settings as they are', ([, set]) => {
  const before = settings();
  onTestFinished(() => {
    setSourceMapsEnabled(false);
    SETTINGS.forEach((key, i) => {
      const setting = before[i];
      if (setting === undefined) delete Error[key];
      else Object.defineProperty(Error, key, setting);
    });
  });
  set();
  const changed = settings();
  expect(caller()).toBe('caller-of.test.ts');
  expect(settings()).toEqual(changed);
});
