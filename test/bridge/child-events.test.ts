// Lines of telemetry on the stderr of a real child process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { watchChildProcess } from '../../src/bridge/child-process.js';
import { LineReader } from '../../src/bridge/line-reader.js';
import { MAX_LINE_BYTES } from '../../src/bridge/parse-line.js';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';
import { randomFrom } from '../helpers/random.js';
import { instrumentedHost } from '../helpers/sdk.js';

const STOP = 'snakepit.python.tool.execution.stop';
const ENDED = 'snakepit.bridge.producer.ended';
const REFUSED = 'snakepit.bridge.events.refused';
const OOM = 'snakepit.error.oom';

/** Records the events of some names until the end of the test. */
function record(...names: string[]): AnyEvent[] {
  const events: AnyEvent[] = [];
  for (const name of names) onTestFinished(subscribe(name, (event) => events.push(event)));
  return events;
}

/** Starts a process that writes the chunks to stderr, one after the other, and then runs `end`. */
function writes(chunks: readonly (string | Buffer)[], end = ''): ChildProcess {
  const encoded = JSON.stringify(chunks.map((chunk) => Buffer.from(chunk).toString('base64')));
  const program = `
    import { setImmediate } from 'node:timers/promises';
    import { writeSync } from 'node:fs';
    for (const chunk of ${encoded}) {
      const bytes = Buffer.from(chunk, 'base64');
      for (let at = 0; at < bytes.length; ) at += writeSync(2, bytes, at);
      await setImmediate();
    }
    ${end}`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function watched(child: ChildProcess): Promise<string> {
  watchChildProcess(child);
  const chunks: Buffer[] = [];
  child.stderr?.on('data', (chunk) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString();
}

const line = (tool: string) =>
  `TELEMETRY:${JSON.stringify({ event: 'tool.execution.stop', measurements: { duration: 1 }, metadata: { tool } })}\n`;
const TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1\nMemoryError: no room\n';

test("Snakepit's own stderr backend is read as it was recorded", async () => {
  const recorded = [
    'TELEMETRY:{"event": "tool.execution.stop", "measurements": {"duration": 100980}, "metadata": {"tool": "t", "n": 1, "none": null, "l": [1, 2]}, "timestamp_ns": 1795695548973168217, "correlation_id": "sp-1"}',
    'TELEMETRY:{"event": "x", "measurements": {"nan": NaN, "inf": Infinity, "big": 1180591620717411303424, "b": true, "s": "\\u017e\\u2028\\n"}, "metadata": {"q": "\\""}, "timestamp_ns": 1795695548973188327, "correlation_id": ""}',
    'TELEMETRY_ERROR: Object of type object is not JSON serializable',
    'plain line',
  ].join('\n');
  const host = instrumentedHost();
  const events = record(STOP, 'snakepit.python.x');
  expect(await watched(writes([recorded]))).toBe(recorded);
  expect(events.map(({ measurements, metadata }) => [measurements, metadata])).toEqual([
    [{ duration: 100_980 }, { tool: 't', n: 1, l: '[1,2]', correlation_id: 'sp-1' }],
    [{ big: 2 ** 70, b: 1 }, { q: '"' }],
  ]);
  expect(await host.value('snakepit.bridge.events.accepted.total', { input: 'stderr' })).toBe(2);
  expect(
    await host.value('snakepit.bridge.events.refused.total', { input: 'stderr', reason: 'producer_failed' }),
  ).toBe(1);
});

test('lines are found whatever the chunks, the line ends and the output around them', async () => {
  const text = `before\r\n${line('a')}${line('žluť 🐍').replace('\n', '\r\n')}TELEMETRY\nTELE${line('no')}${TRACEBACK}${line('b')}no newline`;
  const bytes = Buffer.from(text);
  const events = record(STOP, OOM);
  const chunks = [...bytes].map((_, i) => bytes.subarray(i, i + 1));
  expect(await watched(writes(chunks))).toBe(text);
  expect(events.map(({ metadata }) => metadata.tool ?? metadata.device)).toEqual([
    'a',
    'žluť 🐍',
    'cpu',
    'b',
  ]);
});

test('a traceback that is interrupted by lines of another thread is complete', async () => {
  const [first, ...rest] = TRACEBACK.split(/(?<=\n)/);
  const events = record(STOP, OOM);
  await watched(writes([`${first}${line('a')}${rest.join(line('b'))}${line('c')}after\n`]));
  expect(events.map(({ metadata }) => metadata.tool ?? metadata.device)).toEqual(['a', 'b', 'cpu', 'c']);
});

test('the traceback of a rank is complete although another rank fails and reports an event within it', async () => {
  const [first = [], second = []] = [0, 1].map((rank) =>
    TRACEBACK.trimEnd()
      .split('\n')
      .map((text) => `[rank${rank}]: ${text}\n`),
  );
  const events = record(STOP, OOM);
  await watched(writes([...first.slice(0, 1), ...second, line('a'), ...first.slice(1)]));
  expect(events.map(({ name }) => name).sort()).toEqual([OOM, OOM, STOP]);
});

test.each([
  ['line_too_long', `TELEMETRY:${'x'.repeat(MAX_LINE_BYTES + 10)}\n`],
  ['line_too_long', `TELEMETRY:{"event":"a","metadata":{"text":"${'é'.repeat(MAX_LINE_BYTES / 2)}"}}\n`],
  ['line_malformed', 'TELEMETRY:{"event":\n'],
  ['line_malformed', 'TELEMETRY:{"event":"tool.execution.stop","measurements":{"dur'],
  ['not_an_object', 'TELEMETRY:[]\n'],
  ['event_missing', 'TELEMETRY:{}\n'],
  ['event_reserved', `TELEMETRY:{"event":"${ENDED}","metadata":{"producer":"child:1:1"}}\n`],
])('a line is refused as %s, and the next one is read', async (reason, text) => {
  const refused = record(REFUSED);
  const events = record(STOP);
  const isCut = !text.endsWith('\n');
  expect(await watched(writes([line('a'), text, isCut ? '' : line('b')]))).toContain(text);
  expect(refused.map(({ metadata }) => metadata)).toEqual([{ input: 'stderr', reason }]);
  expect(events.map(({ metadata }) => metadata.tool)).toEqual(isCut ? ['a'] : ['a', 'b']);
});

describe('the stream of a child', () => {
  test.each([
    ['exits', ''],
    ['is killed', "process.kill(process.pid, 'SIGKILL');"],
  ])('has ended when the process %s, after its last event', async (_, end) => {
    const events = record(STOP, ENDED);
    await watched(writes([line('a'), line('b')], end));
    expect(events.map(({ name }) => name)).toEqual([STOP, STOP, ENDED]);
    expect(new Set(events.map(({ remote, metadata }) => remote?.producer ?? metadata.producer)).size).toBe(1);
    expect(events[0]?.remote?.producer).toMatch(/^child:\d+:\d+$/);
  });

  test('of a process without events is not reported', async () => {
    const events = record(ENDED);
    await watched(writes(['plain\n']));
    expect(events).toEqual([]);
  });

  test('has ended when the host stops watching', async () => {
    const events = record(STOP, ENDED);
    const child = writes([line('a')], 'await new Promise((done) => setTimeout(done, 60_000));');
    onTestFinished(() => void child.kill('SIGKILL'));
    const stop = watchChildProcess(child);
    child.stderr?.resume();
    await vi.waitFor(() => expect(events).toHaveLength(1), 20_000);
    stop();
    stop();
    expect(events.map(({ name }) => name)).toEqual([STOP, ENDED]);
  });

  test('is not that of another child', async () => {
    const events = record(STOP);
    await Promise.all([watched(writes([line('a')])), watched(writes([line('b')]))]);
    expect(new Set(events.map(({ remote }) => remote?.producer)).size).toBe(2);
  });
});

test('a reader passes on every character of other output, however it is cut', () => {
  const next = randomFrom(7);
  const random = (end: number) => Math.floor(next() * end);
  const parts = ['TELEMETRY', 'TELEMETRY:', '{}', '\n', '\r\n', 'TELEMETRY_ERROR: x', 'text', ' '];
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: 12 }, () => parts[random(parts.length)]).join('');
    const other = text
      .split(/(?<=\n)/)
      .filter((each) => !/^TELEMETRY(?:_ERROR)?:/.test(each))
      .join('');
    const found = { events: 0, failures: 0, other: '' };
    const reader = new LineReader({
      onEvent: () => found.events++,
      onFailure: () => found.failures++,
      onOther: (passed) => {
        found.other += passed;
      },
    });
    for (let at = 0; at < text.length; ) {
      const length = 1 + random(7);
      reader.write(text.slice(at, at + length));
      at += length;
    }
    reader.end();
    const lines = text.split('\n');
    expect(found).toEqual({
      events: lines.filter((each) => each.startsWith('TELEMETRY:')).length,
      failures: lines.filter((each) => each.startsWith('TELEMETRY_ERROR:')).length,
      other,
    });
  }
});

test('a reader leaves out the byte order mark at the beginning of output only', () => {
  const events: (string | undefined)[] = [];
  let other = '';
  const reader = new LineReader({
    onEvent: (json) => events.push(json),
    onFailure: () => {},
    onOther: (text) => {
      other += text;
    },
  });
  for (const text of ['', '\ufeff', 'TELEMETRY:{"a":1}\n', '\ufeffTELEMETRY:{}\n']) reader.write(text);
  reader.end();
  expect({ events, other }).toEqual({ events: ['{"a":1}'], other: '\ufeffTELEMETRY:{}\n' });
});

test('events of memory that ran out have the devices that the environment of the child selects', async () => {
  const oom = (metadata: object) =>
    `TELEMETRY:${JSON.stringify({ event: OOM, metadata: { device: 'cuda:0', ...metadata } })}\n`;
  const events = record(OOM, STOP);
  const child = writes([oom({}), line('a'), oom({ visible_devices: '2' })]);
  watchChildProcess(child, { env: { CUDA_VISIBLE_DEVICES: '1', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' } });
  child.stderr?.resume();
  await once(child, 'close');
  expect(events.map(({ metadata }) => metadata)).toEqual([
    { device: 'cuda:0', visible_devices: '1', device_order: 'PCI_BUS_ID' },
    { tool: 'a' },
    // What the event has itself counts.
    { device: 'cuda:0', visible_devices: '2' },
  ]);
});

describe('an event after an unfinished progress bar', () => {
  const BAR = '\r 40%|####      | 4/10 [00:01<00:02,  2.00it/s]';

  test.each([
    ['in one piece', [`${BAR}${line('a')}${BAR}`]],
    ['in two writes', [BAR, line('a')]],
    ['cut within the marker', [`${BAR}TELEM`, line('a').slice(5)]],
    ['on the first drawing, which no carriage return precedes', [`${BAR.slice(1)}${line('a')}`]],
  ])('is published, %s', async (_, chunks) => {
    const events = record(STOP, REFUSED);
    expect(await watched(writes(chunks))).toBe(chunks.join(''));
    expect(events.map(({ name, metadata }) => [name, metadata.tool])).toEqual([[STOP, 'a']]);
  });

  test.each([
    ['a quotation in a log', `sent ${line('a')}`],
    ['the marker without an object', `${BAR}TELEMETRY: off\n${BAR}TELEMETRY\n`],
    ['the marker at the end of the output', `${BAR}TELEMETRY`],
  ])('is not %s', async (_, text) => {
    const events = record(STOP, REFUSED);
    expect(await watched(writes([text]))).toBe(text);
    expect(events).toEqual([]);
  });

  test('does not hide a traceback before it', async () => {
    const events = record(STOP, OOM);
    await watched(writes([`${TRACEBACK}${BAR}${line('a')}`]));
    expect(events.map(({ name }) => name).sort()).toEqual([OOM, STOP].sort());
  });
});
