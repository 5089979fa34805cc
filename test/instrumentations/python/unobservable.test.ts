import { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { instrumentedHost } from '../../helpers/sdk.js';

/** As the constructor and methods of Node that its types do not declare. */
type Spawnable = ChildProcess & { spawn(options: object): number };
const Process = ChildProcess as unknown as new () => Spawnable;

test('the span of a process that the host has made unobservable ends at its start, and no timer throws later', async () => {
  const { tracer, spans } = instrumentedHost({
    spans: { maxAgeMs: 1 },
    // Its channel receives the process before the host can change it.
    instrumentations: { childProcess: { enabled: false } },
  });
  await tracer.startActiveSpan('request', async (span) => {
    const child = new Process();
    const ended = once(child, 'exit');
    Object.defineProperty(child, 'emit', { value: child.emit, configurable: false, writable: false });
    child.spawn({ file: 'python3', args: ['python3', '-c', 'pass'], envPairs: [`PATH=${process.env.PATH}`] });
    expect(await ended).toEqual([0, null]);
    span.end();
  });
  expect(spans().map(({ name, attributes }) => [name, attributes['snakepit.unfinished']])).toEqual([
    ['python <inline>', 'expired'],
    ['request', undefined],
  ]);
});
