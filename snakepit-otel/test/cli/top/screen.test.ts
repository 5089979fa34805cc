// Runs the built command in a pseudo-terminal and reads what a terminal emulator shows of it.
import { expect, test } from 'vitest';
import { measured } from '../../../../test/helpers/measured.js';
import { manyGpus } from '../../helpers/made-snapshot.js';
import { ESCAPE, startAgent, top } from '../../helpers/top.js';
import { visible } from '../../helpers/visible.js';

test.each([
  [80, 24],
  [100, 30],
  [240, 70],
])('writes no cell outside a terminal of %i × %i, in any view', async (columns, rows) => {
  const agent = await startAgent({ gpus: manyGpus(Date.now(), 16) });
  const terminal = top([agent.url], { columns, rows });
  await terminal.shows('q  quit');
  for (const key of ['g', 't', 'e', 'b', 'v', 'd', '?', ESCAPE, ESCAPE, 't', '\r', ESCAPE, '1']) {
    const before = terminal.output.length;
    terminal.type(key);
    await terminal.until(() => expect(terminal.output.length).toBeGreaterThan(before));
    expect(farthestCell(terminal.output)).toMatchObject({ isInside: true, columns, rows });
  }

  /** Follows the cursor: every text begins at a place of its own, and must end inside the screen. */
  function farthestCell(output: Buffer) {
    const texts = visible(output).matchAll(/␛\[(\d+);(\d+)H((?:␛\[[\d;]*m|[^␛])*)/g);
    const isInside = [...texts].every(([, y, x, text = '']) => {
      const width = [...text.replace(/␛\[[\d;]*m/g, '')].length;
      return Number(y) <= rows && Number(x) - 1 + width <= columns;
    });
    return { isInside, columns, rows };
  }
});

test('sends less than 4 kB a frame with 16 GPUs on a large screen', async () => {
  const agent = await startAgent({ gpus: manyGpus(Date.now(), 16) });
  const terminal = top([agent.url, '--interval', '200ms'], { columns: 240, rows: 70 });
  await terminal.shows('q  quit');
  const frames = () => terminal.output.toString().split('\x1b[?2026h').slice(2);
  for (let second = 0; frames().length < 15; second += 1) {
    const readings = agent.snapshot.gpus.map(({ device }) => [
      device,
      [40_000 + second * 90, 0.5 + (second % 7) / 20, 400 + second, 60 + (second % 5), 1980, 0],
    ]);
    agent.send('tick', { ts: Date.now(), gpus: Object.fromEntries(readings) });
    const count = frames().length;
    await terminal.until(() => expect(frames().length).toBeGreaterThan(count));
  }
  const largest = Math.max(...frames().map((frame) => Buffer.byteLength(frame)));
  measured('largest frame after the first, 16 GPUs, 240 × 70', largest, 'bytes');
  expect(largest).toBeLessThan(4000);
  expect(largest).toBeGreaterThan(100);
});

test('draws anew when the terminal changes its size', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url], { columns: 100, rows: 30 });
  await terminal.shows('q  quit');
  terminal.resize(80, 24);
  await terminal.until(() => {
    expect(terminal.lines[0]).toMatch(/^ snakepit-otel top {2}gpu-node-07.*● live 1 s {2}\d\d:\d\d:\d\d$/);
    expect(terminal.lines[0]).toHaveLength(79);
    expect(terminal.lines[23]).toContain('q  quit');
  });
  terminal.resize(30, 5);
  await terminal.shows('too small: 30 x 5');
  terminal.resize(200, 50);
  await terminal.until(() => expect(terminal.lines[49]).toContain('q  quit'));
});
