import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import { randomFrom } from '../../../../test/helpers/random.js';
import { frameBetween } from '../../../src/cli/terminal/frame.js';
import { Grid } from '../../../src/cli/terminal/grid.js';
import { paintColors, type Style } from '../../../src/cli/terminal/style.js';
import { fit, textWidth } from '../../../src/cli/terminal/text-cells.js';

const WIDTH = 30;
const HEIGHT = 6;
const TEXTS = [
  'plain',
  '表示',
  'e\u0301te\u0301',
  '█░▁',
  ' ',
  'x'.repeat(40),
  '한글 a',
  '👩‍👧 b',
  '\x1b[2Jz',
  '',
];
const STYLES: Style[] = ['', 'bold', 'red', 'bold red', 'dim', 'inverse'];

test('frames turn any screen into any other', async () => {
  const random = randomFrom(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const terminal = new xterm.Terminal({ cols: WIDTH, rows: HEIGHT, allowProposedApi: true });
  let previous: Grid | undefined;
  for (let round = 0; round < 300; round += 1) {
    const next = new Grid(WIDTH, HEIGHT);
    for (let i = 0; i < 8; i += 1) {
      next.write(Math.floor(random() * WIDTH), Math.floor(random() * HEIGHT), pick(TEXTS), pick(STYLES));
    }
    const frame = frameBetween(previous, next, paintColors);
    await new Promise<void>((resolve) => terminal.write(frame, resolve));
    const { active } = terminal.buffer;
    // This emulator shows emoji in one cell: they are compared by their text alone.
    const shown = Array.from({ length: HEIGHT }, (_, y) =>
      active.getLine(y)?.translateToString(true).trimEnd(),
    );
    const expected = next.lines();
    expected.forEach((line, y) => {
      if (!line.includes('👩')) expect(shown[y]).toBe(line);
    });
    expect(active.cursorY).toBeLessThan(HEIGHT);
    previous = next;
  }
});

test('an unchanged screen costs nothing', () => {
  const draw = () => {
    const grid = new Grid(WIDTH, HEIGHT);
    grid.write(0, 0, 'same', 'red');
    return grid;
  };
  expect(frameBetween(draw(), draw(), paintColors)).toBe('');
});

test.each([
  ['abc', 3],
  ['表示', 4],
  ['e\u0301', 1],
  ['\u0301', 0],
  ['한글', 4],
  ['ｱｲ', 2],
  ['Ａ', 2],
  ['👩‍👩‍👧', 2],
  ['a\u200bb', 2],
  ['─█✖▲', 4],
])('%j occupies %i cells', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test.each([
  ['abcdef', 4, 'abc…'],
  ['ab', 4, 'ab  '],
  ['表示表示', 5, '表示…'],
  ['表示表示', 4, '表… '],
  ['abc', 0, ''],
])('fits %j into %i cells', (text, width, expected) => {
  expect(fit(text, width)).toBe(expected);
});
