import { describe, expect, test } from 'vitest';
import { execute } from '../../src/index.js';
import { instrumentedHost } from '../helpers/sdk.js';
import { call, publishLine, tool } from '../helpers/wire-line.js';

const OOM = 'CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 8.00 GiB total capacity; 1.00 GiB free)';
const id = { correlation_id: 'c1' };
const failTool = (message: string, error_type = 'RuntimeError', correlation_id = 'c1') =>
  publishLine(
    'tool.execution.exception',
    20,
    { duration: 10e6 },
    { correlation_id, metadata: { error_type, error_message: message } },
  );
const failCall = (error: string, correlation_id = 'c1') =>
  publishLine(
    'snakepit.grpc_worker.execute.stop',
    30,
    { duration: 30e6, executions: 1 },
    { correlation_id, metadata: { status: 'error', error } },
  );
const struct = (type: string, message: string) =>
  `%Snakepit.Error.${type}{message: ${JSON.stringify(message)}, context: %{}}`;

describe('an error in events of Snakepit', () => {
  test('is classified once per correlation id, on the span that failed', async () => {
    const host = instrumentedHost();
    call.start(0, id);
    tool.start(10, id);
    failTool(OOM);
    failCall(struct('RuntimeError', OOM));
    expect(await host.value('snakepit.errors.oom.total')).toBe(1);
    const [failed, execution] = host.spans();
    expect(failed?.events.map(({ name }) => name)).toEqual(['snakepit.error.oom', 'exception']);
    expect(failed?.events[0]).toMatchObject({
      time: [1_795_695_387, 20_000_000],
      attributes: { 'snakepit.device': 'cuda:0' },
    });
    expect(execution?.events).toEqual([]);
  });

  test('is read from the text of a call', async () => {
    const host = instrumentedHost();
    call.start(0, id);
    failCall(struct('RuntimeError', OOM));
    failCall(struct('ValueError', 'bad input'), 'c2');
    expect(await host.value('snakepit.errors.oom.total')).toBe(1);
    expect(await host.value('snakepit.errors.python_exception.total', { type: 'ValueError' })).toBe(1);
    expect(host.spans()[0]?.events.map(({ name }) => name)).toEqual(['snakepit.error.oom']);
  });

  test('counts again for another id, and each time without one', async () => {
    const host = instrumentedHost();
    failTool(OOM);
    failTool(OOM, 'RuntimeError', 'c2');
    failTool(OOM, 'RuntimeError', '');
    failTool(OOM, 'RuntimeError', '');
    expect(await host.value('snakepit.errors.oom.total')).toBe(4);
  });

  test('is classified even after an exception of the same id that has no class', async () => {
    const host = instrumentedHost();
    failTool('bad input', 'ValueError');
    failTool(OOM);
    failTool('inference failed', 'RuntimeError');
    expect(await host.value('snakepit.errors.oom.total')).toBe(1);
    expect(await host.value('snakepit.errors.python_exception.total')).toBe(1);
  });

  test('is no Python error if the call failed for another reason', async () => {
    const host = instrumentedHost();
    failCall('{:error, :timeout}');
    failCall('internal', 'c2');
    expect(await host.metric('snakepit.errors.python_exception.total')).toBeUndefined();
  });

  test('is read from spans that are not in the catalog', async () => {
    const host = instrumentedHost();
    const metadata = { error_type: 'RuntimeError', error_message: OOM };
    publishLine('inference.exception', 10, { duration: 1 }, { metadata });
    expect(await host.value('snakepit.errors.oom.total')).toBe(1);
  });

  test('is classified in this process, too', async () => {
    const host = instrumentedHost();
    const metadata = { error_type: 'RuntimeError', error_message: OOM, correlation_id: 'c1' };
    execute('snakepit.python.call.start', { system_time: Date.now() * 1e6 }, id);
    execute('snakepit.python.call.exception', { duration: 7 }, metadata);
    expect(await host.value('snakepit.errors.oom.total')).toBe(1);
    expect(host.spans()[0]?.events.map(({ name }) => name)).toEqual(['snakepit.error.oom', 'exception']);
  });

  test('is not classified once the instrumentation is disabled', async () => {
    const host = instrumentedHost();
    host.instrumentation.disable();
    failTool(OOM);
    expect(await host.metric('snakepit.errors.oom.total')).toBeUndefined();
  });

  test('takes bounded memory for ids, and forgets the oldest one', async () => {
    const host = instrumentedHost();
    for (let i = 0; i <= 10_000; i++) failTool(OOM, 'RuntimeError', `c${i}`);
    failTool(OOM, 'RuntimeError', 'c10000');
    failTool(OOM, 'RuntimeError', 'c0');
    expect(await host.value('snakepit.errors.oom.total')).toBe(10_002);
  });
});
