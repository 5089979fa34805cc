import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { recordSubmissions } from '../../../src/instrumentations/piscina/submissions.js';

setFlagsFromString('--allow-natives-syntax');
/** Returns true if both objects have the same shape in memory (V8's hidden class). */
const haveSameShape = runInNewContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

test('all tasks of a patched class have one shape, so that code that uses them stays fast', () => {
  const TaskInfo = class {
    readonly target: unknown;
    constructor() {
      this.target = new.target;
    }
  };
  const exports = { TaskInfo };
  const restore = recordSubmissions(exports);
  const [first, second] = [new exports.TaskInfo(), new exports.TaskInfo()];
  expect(exports.TaskInfo).not.toBe(TaskInfo);
  expect(haveSameShape(first, second)).toBe(true);
  expect(first.target).toBe(TaskInfo);
  const Derived = class extends exports.TaskInfo {};
  expect(new Derived()).toBeInstanceOf(Derived);
  restore();
  expect(exports.TaskInfo).toBe(TaskInfo);
});
