import { describe, expect, test } from 'vitest';
import type { Traceback } from '../../../src/errors/traceback/traceback.js';
import { readTracebacks, TracebackReader } from '../../../src/errors/traceback/traceback-reader.js';
import { expectLinearCostOfLines, hostileLineCases } from '../../helpers/linear-cost.js';

const FRAME = '  File "worker.py", line 3, in <module>\n    run()\n    ^^^^^';
const traceback = (last: string) => `Traceback (most recent call last):\n${FRAME}\n${last}\n`;
const summarize = (text: string) => readTracebacks(text).map(({ type, message }) => `${type}|${message}`);

test('the last line is the exception, with its module if there is one', () => {
  expect(summarize(traceback('ValueError: bad input'))).toEqual(['ValueError|bad input']);
  expect(summarize(traceback('torch.cuda.OutOfMemoryError: CUDA out of memory.'))).toEqual([
    'torch.cuda.OutOfMemoryError|CUDA out of memory.',
  ]);
  expect(summarize(traceback('MemoryError'))).toEqual(['MemoryError|']);
});

test('a message can have several lines, some of them empty', () => {
  expect(summarize(traceback('ValueError: first\n\n  third'))).toEqual(['ValueError|first\n\n  third']);
});

test('a log line ends a message', () => {
  const logged = `${traceback('ValueError: bad')}INFO: next\n${traceback('TypeError: worse')}2026-01-01 00:00:00 next\n`;
  expect(summarize(logged)).toEqual(['ValueError|bad', 'TypeError|worse']);
});

test('a chain is one traceback: the last exception, and the exceptions that it was raised from', () => {
  const chain = [
    traceback('OSError: disk'),
    'The above exception was the direct cause of the following exception:\n',
    traceback('ValueError: file'),
    'The above exception was the direct cause of the following exception:\n',
    traceback('RuntimeError: job'),
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

test('an exception that was being handled belongs to the text, not to the causes', () => {
  const chain = `${traceback('KeyError: 1')}\nDuring handling of the above exception, another exception occurred:\n\n${traceback('ValueError: file')}`;
  expect(readTracebacks(chain)).toMatchObject([{ type: 'ValueError', causes: [] }]);
});

describe('boxes of rich around the members of an exception group', () => {
  const GROUP =
    '╭─── Traceback (most recent call last) ───╮\n│ /a.py:1 in <module>                      │\n╰─────────────────────────────────────────╯\nExceptionGroup: many (2 sub-exceptions)\n';
  const member = (number: number, ...lines: readonly string[]) =>
    [
      '',
      `╭─── Sub-exception #${number} ───╮`,
      ...lines.map((line) => `│ ${line} │`),
      '╰───────────╯',
      '',
    ].join('\n');
  const BOX = ['╭─── Traceback (most recent call last) ───╮', '│ /a.py:9 in f │', '╰───────╯'];

  test('are read one by one, without the group', () => {
    const text = GROUP + member(1, ...BOX, 'ValueError: bad   ') + member(2, ...BOX, 'TypeError: worse');
    expect(summarize(text)).toEqual(['ValueError|bad', 'TypeError|worse']);
  });

  test('are read with the prefix of a rank', () => {
    const text = GROUP + member(1, ...BOX, 'ValueError: bad');
    expect(summarize(text.replace(/^/gm, '[rank0]: '))).toEqual(['ValueError|bad']);
  });

  test('end where the process was killed while it printed', () => {
    const text = `${GROUP}╭─── Sub-exception #1 ───╮\n${BOX.map((line) => `│ ${line} │\n`).join('')}│ ValueError: bad │\n`;
    expect(summarize(text)).toEqual(['ValueError|bad']);
    expect(summarize(`${text}Killed\n${traceback('KeyError: 1')}`)).toEqual(['ValueError|bad', 'KeyError|1']);
  });

  test('are given up if they are nested without end', () => {
    const nested = Array.from({ length: 400 }, (_, i) => `${'│ '.repeat(i)}╭─── Sub-exception #1 ───╮`);
    expect(summarize(`${GROUP}${nested.join('\n')}\nKilled\n${traceback('KeyError: 1')}`)).toEqual([
      'KeyError|1',
    ]);
  });
});

describe('an exception of C++ that ends the process', () => {
  const TERMINATE = "terminate called after throwing an instance of 'std::bad_alloc'\n";

  test('is its class and the first line of what()', () => {
    expect(summarize(`${TERMINATE}  what():  std::bad_alloc\nAborted (core dumped)\n`)).toEqual([
      'std::bad_alloc|std::bad_alloc',
    ]);
  });

  test('can have a prefix, and follow a traceback', () => {
    expect(
      summarize(`${traceback('ValueError: bad')}[rank1]: ${TERMINATE}[rank1]:   what():  CUDA error\n`),
    ).toEqual(['std::bad_alloc|CUDA error', 'ValueError|bad']);
  });

  test('can have no message', () => {
    expect(summarize("terminate called after throwing an instance of 'int'\nnext\n")).toEqual(['int|']);
    expect(summarize("terminate called after throwing an instance of 'int'")).toEqual(['int|']);
    expect(summarize('terminate called without an active exception\n  what():  x\n')).toEqual([]);
  });

  test('is read as libc++ prints it', () => {
    expect(
      summarize('libc++abi: terminating due to uncaught exception of type std::runtime_error: no memory\n'),
    ).toEqual(['std::runtime_error|no memory']);
  });
});

test('the members of an exception group are reported one by one', () => {
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
  expect(summarize(group)).toEqual(['ValueError|one', 'TypeError|two']);
});

test.each([
  '[rank0]: ',
  '(EngineCore pid=42) ERROR 07-29 21:48:5$ [core.py:11$]     ',
  '2024-04-27 10:13:0$ | ERROR | stderr | ',
])('removes the prefix that a launcher puts before every line: %s', (prefix) => {
  const lines = traceback('ValueError: bad').trimEnd().split('\n');
  const text = lines.map((line, i) => prefix.replaceAll('$', String(i)) + line).join('\n');
  expect(summarize(`${text}\n`)).toEqual(['ValueError|bad']);
});

test('skips an exception that does not propagate', () => {
  expect(
    summarize(`Exception ignored in: <function A.__del__ at 0x7f>\n${traceback('ValueError: late')}`),
  ).toEqual([]);
});

test('ignores text that resembles a traceback', () => {
  expect(summarize('Traceback (most recent call last):\nno frames here, just text\n')).toEqual([]);
  expect(summarize('ValueError: not raised\n')).toEqual([]);
});

describe('text in chunks', () => {
  const text = `starting\r\n${traceback('ValueError: bädé').replaceAll('\n', '\r\n')}`;

  test.each([1, 2, 3, 7, 50])('yields the same traceback in chunks of %i characters', (size) => {
    const tracebacks: Traceback[] = [];
    const reader = new TracebackReader((each) => tracebacks.push(each));
    for (let i = 0; i < text.length; i += size) reader.write(text.slice(i, i + size));
    reader.flush();
    expect(tracebacks.map(({ type, message }) => [type, message])).toEqual([['ValueError', 'bädé']]);
  });

  test('reports a traceback after many lines of others, and reads short lines with many open ones fast', () => {
    const tracebacks: Traceback[] = [];
    const reader = new TracebackReader((traceback) => tracebacks.push(traceback));
    for (let rank = 0; rank < 64; rank++) {
      reader.write(
        `[rank${rank}]: Traceback (most recent call last):\n[rank${rank}]:   File "a.py", line 1, in f\n[rank${rank}]: ValueError: bad\n`,
      );
    }
    const from = performance.now();
    for (let i = 0; i < 10; i++) reader.write('\n'.repeat(100_000));
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(tracebacks).toHaveLength(64);
  });

  test('uses bounded buffers for endless text', () => {
    const tracebacks: Traceback[] = [];
    const reader = new TracebackReader((each) => tracebacks.push(each));
    reader.write('Traceback (most recent call last):\n');
    for (let i = 0; i < 50_000; i++) reader.write('  File "a.py", line 1, in f\n');
    reader.write('ValueError: ');
    for (let i = 0; i < 50_000; i++) reader.write('long '.repeat(10));
    for (let i = 0; i < 50_000; i++) reader.write('more\n');
    reader.flush();
    expect(tracebacks).toHaveLength(1);
    expect(tracebacks[0]?.message.length).toBeLessThan(40_000);
    expect(tracebacks[0]?.traceback.length).toBeLessThan(140_000);
  });
});

test.each(hostileLineCases)('the cost of a megabyte of lines such as %j is linear in its length', (_, i) => {
  expectLinearCostOfLines(i, (text) => {
    const reader = new TracebackReader(() => undefined);
    for (let from = 0; from < text.length; from += 65_536) reader.write(text.slice(from, from + 65_536));
    reader.flush();
  });
});
