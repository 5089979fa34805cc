import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Piscina } from 'piscina';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../src/bus/bus.js';
import { SnakepitInstrumentation } from '../../../src/index.js';
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

test('the queue and the thread of a task are recorded without a context manager, and without an SDK', async () => {
  const instrumentation = new SnakepitInstrumentation();
  onTestFinished(() => instrumentation.disable());
  const filename = fileURLToPath(new URL('./programs/tasks.cjs', import.meta.url));
  const pool = new Piscina({ filename, name: 'double', minThreads: 1, maxThreads: 1 });
  onTestFinished(() => pool.destroy());
  const events: unknown[] = [];
  for (const name of ['snakepit.pool.queue.dequeued', 'snakepit.request.executed'])
    onTestFinished(listen(name, ({ metadata }) => events.push([name, metadata.worker_id])));
  await pool.run(1);
  events.length = 0;
  expect(await Promise.all([pool.run(1), pool.run(2)])).toEqual([2, 4]);
  const worker = expect.stringMatching(/^tasks_\d+$/);
  expect(events.toSorted()).toEqual([
    ['snakepit.pool.queue.dequeued', worker],
    ['snakepit.request.executed', worker],
    ['snakepit.request.executed', worker],
  ]);
});
