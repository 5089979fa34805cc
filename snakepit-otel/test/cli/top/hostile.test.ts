// Runs the built command in a pseudo-terminal and reads what a terminal emulator shows of it.
import { expect, test } from 'vitest';
import { ESCAPE, startAgent, top } from '../../helpers/top.js';
import { visible } from '../../helpers/visible.js';

test('shows hostile text of an agent as text', async () => {
  const hostile = [
    'title \x1b]0;owned\x07end',
    'clear \x1b[2J\x1b[Hend',
    'c1 \x9b2J\x9d0;owned\x9cend',
    'line\r\nbreak\x08\x08back',
    'bidi \u202egnp.exe\u202c',
    `zalgo ${'a\u0301\u0302\u0303\u0304\u0305\u0306'.repeat(40)}`,
    '\ud800 lone',
    '表'.repeat(120),
    '👩‍👩‍👧‍👦 family 🏳️‍🌈',
  ].map(
    (text, index) =>
      ({
        ts: Date.now() - index,
        level: 'error',
        name: text,
        text,
        attributes: { [text]: text },
      }) as const,
  );
  const agent = await startAgent({ events: hostile });
  agent.snapshot = { ...agent.snapshot, host: { ...agent.snapshot.host, name: 'node\x1b[31m\x9b31m' } };
  const terminal = top([agent.url], { columns: 80, rows: 24 });
  await terminal.shows('q  quit');
  terminal.type('v');
  await terminal.shows('title');
  terminal.type('\r');
  await terminal.shows('Event');
  const output = visible(terminal.output).replace(/^.*?(?=␛\[\?1049h)/, '');
  const sequences = output.match(/␛(?:\[[?\d;]*[A-Za-z]|.)/g)?.map((text) => text.replace(/[\d;]+/g, '#'));
  const allowed = new Set(['␛[#H', '␛[K', '␛[#J', '␛[#m', '␛[?#h', '␛[?#l']);
  expect(sequences?.filter((sequence) => !allowed.has(sequence))).toEqual([]);
  expect(output).not.toMatch(/[\u202a-\u202e\u2066-\u2069␇␈␍␊]|<9|\]0;/);
  expect(output.match(/␛\[2J/g)).toHaveLength(1);
  terminal.type(`${ESCAPE}`);
  await terminal.shows('表'.repeat(20));
  const wide = terminal.lines.find((line) => line.includes('表')) ?? '';
  // A wide character has two of the 80 columns, and none is cut in half.
  expect(wide.length + (wide.match(/表/g)?.length ?? 0)).toBeLessThanOrEqual(80);
  expect(output).not.toMatch(/\p{Mn}{3}/u);
});

test('survives messages that no agent of ours sends', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url, '--interval', '100ms']);
  await terminal.shows('q  quit');
  agent.sendRaw('event: tick\ndata: {"gpus":\n\n');
  agent.sendRaw(
    'event: tick\ndata: null\n\nevent: unknown\ndata: {}\n\nevent: traces\ndata: {"no":"list"}\n\n',
  );
  agent.sendRaw('event: constructor\ndata: {}\n\nevent: __proto__\ndata: {}\n\n');
  agent.send('events', {
    rows: [{ ts: Date.now(), level: 'info', name: 'n', text: 'still here', attributes: {} }],
    skipped: 3,
  });
  terminal.type('v');
  await terminal.shows('still here');
  agent.send('problems', [null] as never);
  await terminal.shows('cannot be shown');
  agent.send('problems', []);
  await terminal.shows('Nothing is wrong');
});
