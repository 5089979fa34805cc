import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runModule } from '../../../../test/helpers/child.js';
import { freePort } from '../../../../test/helpers/free-port.js';
import { startTelemetry } from '../../../src/index.js';
import { lengthField } from '../../../src/inputs/protobuf.js';
import { eventually, recordNamed, startInputs } from '../../helpers/inputs.js';
import { recordedEvents, startWorker } from '../../helpers/python-worker.js';

const workerOf = (address: string) => ({ address, exclusive: true, pool: 'default' }) as const;
const event = (name: string) => lengthField(1, Buffer.from(name)) as Buffer;
const many = (name: string, count: number) => Array.from({ length: count }, () => event(name));

test('records the events that a worker sends, as if they had come as lines', async () => {
  const worker = await startWorker();
  const starts = recordNamed('snakepit.python.tool.execution.start');
  const { totals, refused, warnings } = await startInputs({ workers: [workerOf(worker.address)] });
  await eventually(() => expect(worker.controls).toEqual(['120909000000000000f03f', '1a00', '0a020801']));
  const events = recordedEvents();
  worker.send(events.map(({ bytes }) => bytes));
  await eventually(() => expect((totals.accepted ?? 0) + (totals.refused ?? 0)).toBe(events.length));
  const valid = events.filter(({ event_parts: parts }) =>
    /^[a-z0-9_]+(\.[a-z0-9_]+){0,7}$/.test(parts.join('.')),
  );
  expect(totals).toMatchObject({ accepted: valid.length, lost: 0, duplicate: 0 });
  // Names such as ``, `a..b.` and one that is not ASCII.
  expect(refused).toEqual({ event_missing: 1, event_name_invalid: 2 });
  const recorded = events.filter(({ event_parts: parts }) => parts.join('.') === 'tool.execution.start');
  expect(starts).toHaveLength(recorded.length);
  expect(starts.map(({ remote }) => String(remote?.timestampNs))).toEqual(
    recorded.map(({ timestamp_ns: time }) => time),
  );
  expect(starts[0]).toMatchObject({
    metadata: { pool_name: 'default', worker_id: worker.address, tool: recorded[0]?.metadata?.tool },
    remote: { producer: expect.stringMatching(new RegExp(`^worker:${worker.address}:\\d+$`)) },
  });
  expect(warnings).toEqual([`events are received from the worker ${worker.address}`]);
});

test('a worker that is killed and starts again is received again, each event once', async () => {
  const first = await startWorker();
  const other = await startWorker();
  const { totals, ended, warnings } = await startInputs({
    workers: [workerOf(first.address), workerOf(other.address)],
  });
  await eventually(() => expect([first, other].map(({ streams }) => streams.length)).toEqual([1, 1]));
  first.send(many('before.kill', 500));
  await eventually(() => expect(totals.accepted).toBe(500));
  first.kill();
  await eventually(() => expect(ended).toHaveLength(1));
  other.send(many('meanwhile', 300));
  const second = await startWorker({ port: first.port });
  await eventually(() => expect(second.streams).toHaveLength(1));
  second.send(many('after.kill', 200));
  second.stop();
  await eventually(() => expect(ended).toHaveLength(2));
  await eventually(() => expect(totals).toMatchObject({ accepted: 1000, lost: 0, duplicate: 0, refused: 0 }));
  expect(new Set(ended).size).toBe(2);
  const outages = warnings.filter((line) => line.startsWith(`The worker ${first.address} sends no events`));
  // Of streams that end soon, only the first is reported.
  expect(outages).toHaveLength(1);
});

test('a worker that has no stream is not asked again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const worker = await startWorker({ isThreaded: true });
  const { warnings } = await startInputs({ workers: [workerOf(worker.address)] });
  await vi.waitFor(() => expect(warnings).toHaveLength(1));
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(worker.streams).toHaveLength(1);
  expect(warnings).toEqual([
    `The worker ${worker.address} has no stream of events, as all workers of the thread profile, and is not asked again.`,
  ]);
});

test('each end of a stream that has lasted is reported', async () => {
  const worker = await startWorker();
  const clock = vi.spyOn(performance, 'now');
  onTestFinished(() => clock.mockRestore());
  const { warnings } = await startInputs({ workers: [workerOf(worker.address)] });
  for (const times of [1, 2]) {
    await eventually(() => expect(warnings).toHaveLength(2 * times - 1));
    clock.mockImplementation(() => times * 1e9);
    worker.stop();
    await eventually(() => expect(warnings).toHaveLength(2 * times));
  }
  expect(warnings[3]).toBe(
    `The worker ${worker.address} sends no events (gRPC status 0: OK). It is tried again until it does.`,
  );
});

test('a worker that does not run yet costs one line, and is received when it runs', async () => {
  const port = Number(await freePort());
  const { totals, warnings } = await startInputs({ workers: [workerOf(`127.0.0.1:${port}`)] });
  await eventually(() => expect(warnings).toHaveLength(1));
  const worker = await startWorker({ port });
  await eventually(() => expect(worker.streams).toHaveLength(1));
  worker.send(many('late', 10));
  await eventually(() => expect(totals.accepted).toBe(10));
  expect(warnings).toHaveLength(2);
});

test('does not read while the queue is full, and loses nothing', async () => {
  const worker = await startWorker();
  const { inputs, totals } = await startInputs({ workers: [workerOf(worker.address)] });
  await eventually(() => expect(worker.streams).toHaveLength(1));
  await inputs.pause();
  const large = Buffer.concat([
    event('large'),
    lengthField(
      3,
      Buffer.concat([lengthField(1, Buffer.from('k')), lengthField(2, Buffer.alloc(30_000, 'x'))]),
    ),
  ]);
  worker.send(Array.from({ length: 1000 }, () => large));
  const [stream] = worker.streams;
  await eventually(() => expect(totals.accepted).toBeGreaterThan(0));
  // What the worker could not send stays with it.
  expect(stream?.writableLength).toBeGreaterThan(100);
  expect(totals.accepted).toBeLessThan(900);
  inputs.resume();
  await eventually(() => expect(totals.accepted).toBe(1000));
});

test('refuses what is not an event, and goes on', async () => {
  const worker = await startWorker();
  const { totals, refused } = await startInputs({ workers: [workerOf(worker.address)] });
  await eventually(() => expect(worker.streams).toHaveLength(1));
  worker.send([Buffer.from([0x0a, 9]), event('NO'), event('x'.repeat(70_000)), Buffer.alloc(0), event('ok')]);
  await eventually(() => expect(totals.accepted).toBe(1));
  await eventually(() =>
    expect(refused).toEqual({
      message_malformed: 1,
      event_name_invalid: 1,
      line_too_long: 1,
      event_missing: 1,
    }),
  );
});

test.each([
  [{ address: '127.0.0.1:1' }, 'exclusive'],
  [{ address: '127.0.0.1:1', exclusive: false }, 'second reader gets half of them'],
  [{ address: 'http://a:1', exclusive: true }, 'host:port'],
])('a worker that is not described well is an error: %j', (worker, message) => {
  expect(() => startTelemetry({ inputs: { workers: [worker as never] } })).toThrow(message);
});

test('a message that cannot be read costs one line, and the worker is tried again', async () => {
  const frame = (message: Buffer, isCompressed: boolean) => {
    const begin = Buffer.alloc(5);
    begin.writeUInt8(Number(isCompressed));
    begin.writeUInt32BE(message.length, 1);
    return Buffer.concat([begin, message]);
  };
  let streams = 0;
  const server = createServer().on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(frame(event('read.again'), streams++ === 0));
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { totals, warnings } = await startInputs({ workers: [workerOf(address)] });
  await eventually(() => expect(totals.accepted).toBe(1));
  const line = `The worker ${address} sends no events (its messages cannot be read). It is tried again until it does.`;
  expect(warnings.filter((warning) => warning.startsWith('The worker'))).toEqual([line]);
});

test('the same worker twice is an error', () => {
  const workers = [workerOf('a:1'), workerOf('a:1')];
  expect(() => startTelemetry({ inputs: { workers } })).toThrow('different addresses');
});

test('keeps no process alive', async () => {
  const worker = await startWorker();
  const result = await runModule(
    `import { startTelemetry } from 'snakepit-otel';
     const workers = [{ address: '${worker.address}', exclusive: true }, { address: '127.0.0.1:1', exclusive: true }];
     const telemetry = startTelemetry({ traces: [], metrics: [], logs: [], inputs: { workers } });
     await telemetry.ready;
     process.on('exit', () => console.log('done'));
     setTimeout(() => {}, 500);`,
  );
  expect(result).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(worker.streams).toHaveLength(1);
});
