import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('../../../dist/cjs/index.js', import.meta.url));
const INSTRUMENT = `const { SnakepitInstrumentation } = require(${JSON.stringify(PACKAGE)});
new SnakepitInstrumentation({ instrumentations: { childProcess: { ignore: () => false } } });`;

/** Runs a program. Returns how it ended, and what it printed. */
const outcome = (program: string) =>
  new Promise((resolve) => {
    execFile(process.execPath, ['-e', program], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, error: /^(?:\w*Error|Error): .*$/m.exec(stderr)?.[0] });
    });
  });

test.for([
  ['a program that does not exist', `require('child_process').spawn('snakepit-no-such-program');`],
  [
    'an error of a thread',
    `new (require('worker_threads').Worker)('throw new RangeError("x")', { eval: true });`,
  ],
  [
    'a program that does not exist, handled',
    `require('child_process').spawn('snakepit-no-such-program').on('error', (error) => console.log(error.code));`,
  ],
  [
    'the events of a process',
    `const child = require('child_process').spawn('cat');
    for (const name of ['spawn', 'exit', 'close']) child.on(name, (...args) => console.log(name, ...args));
    child.stdin.end();`,
  ],
  [
    'the events of a thread',
    `const worker = new (require('worker_threads').Worker)('process.exit(4)', { eval: true });
    for (const name of ['online', 'exit']) worker.on(name, (...args) => console.log(name, ...args));`,
  ],
  [
    'the listeners of workers',
    `process.on('warning', ({ message }) => console.log(message));
    const child = require('child_process').spawn('python3', ['-c', 'pass']);
    const worker = new (require('worker_threads').Worker)('', { eval: true });
    for (const emitter of [child, worker]) {
      for (let i = 0; i < 10; i++) emitter.on('exit', () => {});
      console.log(emitter.eventNames(), emitter.listenerCount('exit'), Object.keys(emitter).join());
    }`,
  ],
  [
    'a process that keeps nothing alive',
    `require('child_process').spawn('sleep', ['60'], { stdio: 'ignore' }).unref();`,
  ],
  [
    'a Python process that keeps nothing alive',
    `require('child_process').spawn('python3', ['-c', 'import time; time.sleep(60)'], { stdio: 'ignore' }).unref();`,
  ],
  [
    'a thread that keeps nothing alive',
    `new (require('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true }).unref();`,
  ],
] as const)('the host sees no difference: %s', async ([, program]) => {
  const plain = await outcome(program);
  expect(await outcome(`${INSTRUMENT}\n${program}`)).toEqual(plain);
});
