import { describe, expect, test } from 'vitest';
import { readTracebacks, type Traceback, TracebackReader } from '../../src/errors/traceback.js';

const FRAME = '  File "worker.py", line 3, in <module>\n    run()\n    ^^^^^';
const report = (last: string) => `Traceback (most recent call last):\n${FRAME}\n${last}\n`;
const briefly = (text: string) => readTracebacks(text).map(({ type, message }) => `${type}|${message}`);

test('the last line is the exception, with its module if it has one', () => {
  expect(briefly(report('ValueError: bad input'))).toEqual(['ValueError|bad input']);
  expect(briefly(report('torch.cuda.OutOfMemoryError: CUDA out of memory.'))).toEqual([
    'torch.cuda.OutOfMemoryError|CUDA out of memory.',
  ]);
  expect(briefly(report('MemoryError'))).toEqual(['MemoryError|']);
});

test('a message may have several lines, some of them empty', () => {
  expect(briefly(report('ValueError: first\n\n  third'))).toEqual(['ValueError|first\n\n  third']);
});

test('a line of a log ends a message', () => {
  const logged = `${report('ValueError: bad')}INFO: next\n${report('TypeError: worse')}2026-01-01 00:00:00 next\n`;
  expect(briefly(logged)).toEqual(['ValueError|bad', 'TypeError|worse']);
});

test('a chain is one report: the last exception, and what it was raised from', () => {
  const chain = [
    report('OSError: disk'),
    'The above exception was the direct cause of the following exception:\n',
    report('ValueError: file'),
    'The above exception was the direct cause of the following exception:\n',
    report('RuntimeError: job'),
  ].join('\n');
  expect(readTracebacks(chain)).toEqual([
    {
      type: 'RuntimeError',
      message: 'job',
      traceback: chain.trimEnd(),
      causes: [
        { type: 'ValueError', message: 'file' },
        { type: 'OSError', message: 'disk' },
      ],
    },
  ]);
});

test('an exception that was being handled belongs to the report, not to the causes', () => {
  const chain = `${report('KeyError: 1')}\nDuring handling of the above exception, another exception occurred:\n\n${report('ValueError: file')}`;
  expect(readTracebacks(chain)).toMatchObject([{ type: 'ValueError', causes: [] }]);
});

test('the members of an exception group are told one by one', () => {
  const group = [
    '  + Exception Group Traceback (most recent call last):',
    '  |   File "a.py", line 1, in <module>',
    '  | ExceptionGroup: many (2 sub-exceptions)',
    '  +-+---------------- 1 ----------------',
    '    | Traceback (most recent call last):',
    '    |   File "a.py", line 2, in <module>',
    '    | ValueError: one',
    '    +---------------- 2 ----------------',
    '    | Traceback (most recent call last):',
    '    |   File "a.py", line 3, in <module>',
    '    | TypeError: two',
    '    +------------------------------------',
    '',
  ].join('\n');
  expect(briefly(group)).toEqual(['ValueError|one', 'TypeError|two']);
});

test.each([
  '[rank0]: ',
  '(EngineCore pid=42) ERROR 07-29 21:48:5$ [core.py:11$]     ',
  '2024-04-27 10:13:0$ | ERROR | stderr | ',
])('what a launcher puts before every line is taken off: %s', (prefix) => {
  const lines = report('ValueError: bad').trimEnd().split('\n');
  const text = lines.map((line, i) => prefix.replaceAll('$', String(i)) + line).join('\n');
  expect(briefly(`${text}\n`)).toEqual(['ValueError|bad']);
});

test('what cannot be raised to anyone is passed over', () => {
  expect(
    briefly(`Exception ignored in: <function A.__del__ at 0x7f>\n${report('ValueError: late')}`),
  ).toEqual([]);
});

test('what only looks like a traceback is none', () => {
  expect(briefly('Traceback (most recent call last):\nno frames here, just text\n')).toEqual([]);
  expect(briefly('ValueError: not raised\n')).toEqual([]);
});

describe('in pieces', () => {
  const text = `starting\r\n${report('ValueError: bädé').replaceAll('\n', '\r\n')}`;

  test.each([1, 2, 3, 7, 50])('of %i characters it reads the same', (size) => {
    const found: Traceback[] = [];
    const reader = new TracebackReader((each) => found.push(each));
    for (let i = 0; i < text.length; i += size) reader.write(text.slice(i, i + size));
    reader.flush();
    expect(found.map(({ type, message }) => [type, message])).toEqual([['ValueError', 'bädé']]);
  });

  test('what it keeps of endless input is bounded', () => {
    const found: Traceback[] = [];
    const reader = new TracebackReader((each) => found.push(each));
    reader.write('Traceback (most recent call last):\n');
    for (let i = 0; i < 50_000; i++) reader.write('  File "a.py", line 1, in f\n');
    reader.write('ValueError: ');
    for (let i = 0; i < 50_000; i++) reader.write('long '.repeat(10));
    for (let i = 0; i < 50_000; i++) reader.write('more\n');
    reader.flush();
    expect(found).toHaveLength(1);
    expect(found[0]?.message.length).toBeLessThan(40_000);
    expect(found[0]?.traceback.length).toBeLessThan(140_000);
  });
});
