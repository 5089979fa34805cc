// biome-ignore-all lint/suspicious/noThenProperty: the tests are about promise-likes
import { runInNewContext } from 'node:vm';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { execa } from 'execa';
import knex, { type Knex } from 'knex';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { span } from '../../../src/index.js';
import { runNode } from '../../helpers/child.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const THROWN = new Error('thrown');
const throwIt = (_done?: unknown): never => {
  throw THROWN;
};

/** An OpenAI client whose server answers every request with `respond`. */
const openAi = (respond: () => Response) =>
  new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: async () => respond() });

const completion = () => Response.json({ id: 'c1', choices: [] }, { headers: { 'x-request-id': 'r1' } });

const create = (client: OpenAI) => client.chat.completions.create({ model: 'm', messages: [] });

/** A builder of queries that run only when they are awaited. */
function database(run: () => unknown) {
  class Client extends knex.Client {
    override acquireConnection = async () => ({});
    override releaseConnection = async () => {};
    _query(_connection: unknown, query: object) {
      return Promise.resolve(Object.assign(query, { response: run() }));
    }
    processResponse = ({ response }: { response: unknown }) => response;
  }
  return knex({ client: Client as unknown as typeof Knex.Client });
}

test('returns the promise of a client with its own methods', { tags: ['H22'] }, async () => {
  const host = instrumentedHost();
  let created: unknown;
  const result = span('chat', () => {
    created = create(openAi(completion));
    return created as ReturnType<typeof create>;
  });
  expect(result).toBe(created);
  expect(host.spans()).toHaveLength(0);
  const { data, request_id: id } = await result.withResponse();
  expect([data.id, id]).toEqual(['c1', 'r1']);
  expect(host.spans().map(({ name }) => name)).toEqual(['chat']);
  expect(host.spans()[0]?.status.code).toBe(SpanStatusCode.UNSET);
});

test('ends when a client promise is awaited, and leaves no methods behind', async () => {
  const host = instrumentedHost();
  const result = span('chat', () => create(openAi(completion)));
  expect((await result).id).toBe('c1');
  expect(host.spans()).toHaveLength(1);
  expect(Object.hasOwn(result, 'then')).toBe(false);
  expect((await result.asResponse()).headers.get('x-request-id')).toBe('r1');
  expect(host.spans()).toHaveLength(1);
});

test.each([
  ['awaited', (result: ReturnType<typeof create>) => result],
  ['asked for its response', (result: ReturnType<typeof create>) => result.withResponse()],
  ['caught', (result: ReturnType<typeof create>) => result.catch((error) => Promise.reject(error))],
])('records the error of a client promise that is %s, the same object', async (_how, use) => {
  const host = instrumentedHost();
  const refuse = () => Response.json({ error: { message: 'no model' } }, { status: 404 });
  const result = span('chat', () => create(openAi(refuse)));
  const error = await Promise.resolve(use(result)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(host.spans()).toHaveLength(1);
  expect(host.spans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
});

test('ends with the stream that a client promise resolves to', async () => {
  const host = instrumentedHost();
  const chunks = ['{"id":"1"}', '{"id":"2"}', '[DONE]'].map((data) => `data: ${data}\n\n`).join('');
  const client = openAi(() => new Response(chunks, { headers: { 'content-type': 'text/event-stream' } }));
  const stream = await span('chat', () =>
    client.chat.completions.create({ model: 'm', messages: [], stream: true }),
  );
  expect(host.spans()).toHaveLength(0);
  const ids: string[] = [];
  for await (const { id } of stream) ids.push(id);
  expect(ids).toEqual(['1', '2']);
  expect(host.spans()).toHaveLength(1);
});

test('does not start a lazy query, and runs it once in the span when it is awaited', {
  tags: ['H22'],
}, async () => {
  const host = instrumentedHost();
  const active: unknown[] = [];
  const db = database(() => {
    active.push(trace.getActiveSpan()?.spanContext().spanId);
    return [{ id: 1 }];
  });
  let built: unknown;
  const query = span('query', () => {
    built = db('models').select('id');
    return built as Knex.QueryBuilder;
  });
  expect(query).toBe(built);
  await new Promise(setImmediate);
  expect(active).toEqual([]);
  expect(host.spans()).toHaveLength(0);
  expect(await query.where({ id: 1 })).toEqual([{ id: 1 }]);
  expect(active).toEqual([host.spans()[0]?.spanContext().spanId]);
});

test('records the error of a query, and passes the same one on', async () => {
  const host = instrumentedHost();
  const failure = new Error('relation does not exist');
  const db = database(() => {
    throw failure;
  });
  const query = span('query', () => db('models').select());
  expect(await query.then(undefined, (error: unknown) => error)).toBe(failure);
  expect(host.spans()[0]?.status).toMatchObject({ code: SpanStatusCode.ERROR });
});

test('returns a child process that is awaited too', { tags: ['H22'] }, async () => {
  const host = instrumentedHost();
  const result = span('child', () => execa(process.execPath, ['--eval', 'console.log("done")']));
  expect(result.pid).toBeTypeOf('number');
  expect(host.spans()).toHaveLength(0);
  expect((await result).stdout).toBe('done');
  expect(host.spans()).toHaveLength(1);
});

test.each(['catch', 'finally'] as const)(
  'ends when the %s of a child process has settled',
  async (method) => {
    const host = instrumentedHost();
    const result = span('child', () => execa(process.execPath, ['--version']));
    await result[method](() => {});
    expect(host.spans()).toHaveLength(1);
  },
);

test('ends with a native promise that has methods of its own', async () => {
  const host = instrumentedHost();
  const request = Object.assign(Promise.resolve('text'), { json: async () => ({ ok: true }) });
  const result = span('fetch', () => request);
  expect(result).toBe(request);
  expect(await result).toBe('text');
  expect(host.spans()).toHaveLength(1);
  expect(result.constructor).toBe(Promise);
});

test('runs callbacks of the caller in the context of the caller', async () => {
  const host = instrumentedHost();
  const lazy = { then: (done: (value: string) => unknown) => Promise.resolve('value').then(done) };
  const result = span('lazy', () => lazy);
  const outer = host.tracer.startSpan('outer');
  const active = await context.with(trace.setSpan(context.active(), outer), () =>
    result.then(() => trace.getActiveSpan()),
  );
  expect(active).toBe(outer);
});

test('ends every span that returned the same object', async () => {
  const host = instrumentedHost();
  const shared = create(openAi(completion));
  for (let i = 0; i < 150; i++) span('shared', () => shared);
  // A bounded number of spans waits.
  expect(host.spans()).toHaveLength(50);
  await shared;
  expect(host.spans()).toHaveLength(150);
});

test.each([
  ['frozen', Object.freeze({ then: () => {} })],
  [
    'with a then that throws',
    {
      get then() {
        throw new Error('no then');
      },
    },
  ],
  [
    'a Proxy that refuses everything',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    ),
  ],
])('returns an object that is %s, and ends at once', (_what, object) => {
  const host = instrumentedHost();
  const returned: unknown = span('odd', () => object);
  expect(Object.is(returned, object)).toBe(true);
  expect(host.spans()).toHaveLength(1);
});

test('leaves the unhandled rejection of a plain promise to the host', { tags: ['H22'] }, async () => {
  const program = `
    import { registerInstrumentations } from '@opentelemetry/instrumentation';
    import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
    import { SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';
    registerInstrumentations({ tracerProvider: new NodeTracerProvider(), instrumentations: [new SnakepitInstrumentation()] });
    process.on('unhandledRejection', (error) => console.log(error.message));
    span('plain', async () => { throw new Error('nobody handles this'); });
    span('own methods', () => Object.assign(Promise.reject(new Error('nor this')), { json() {} }));`;
  const { stdout } = await runNode(['--input-type=module', '--eval', program]);
  expect(stdout.trim().split('\n').sort()).toEqual(['nobody handles this', 'nor this']);
});

test('ends a span whose result is dropped, as of its return', async () => {
  const program = `
    import { registerInstrumentations } from '@opentelemetry/instrumentation';
    import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
    import { setImmediate } from 'node:timers/promises';
    import { SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    registerInstrumentations({ tracerProvider, instrumentations: [new SnakepitInstrumentation()] });
    (() => void span('dropped', () => ({ then() { throw new Error('started'); } })))();
    while (exporter.getFinishedSpans().length === 0) { gc(); await setImmediate(); }
    console.log(exporter.getFinishedSpans()[0].name);`;
  const { stdout, stderr } = await runNode(['--expose-gc', '--input-type=module', '--eval', program]);
  expect([stdout, stderr]).toEqual(['dropped\n', '']);
});

test('ends with a function that is a promise-like, such as a lazy query', async () => {
  const host = instrumentedHost();
  let runs = 0;
  const query = Object.assign(() => 'a method', {
    then(fulfill: (value: number) => void) {
      runs++;
      setImmediate(() => fulfill(7));
    },
  });
  const result = span('query', () => query);
  expect(result).toBe(query);
  expect([runs, host.spans().length]).toEqual([0, 0]);
  expect(await (result as unknown as PromiseLike<number>)).toBe(7);
  expect([runs, host.spans().length]).toEqual([1, 1]);
});

test('reads nothing from a Proxy of a function, which may send a message then', () => {
  const host = instrumentedHost();
  const read: PropertyKey[] = [];
  const remote = new Proxy(() => {}, { get: (_, key) => void read.push(key) });
  expect(span('call', () => remote)).toBe(remote);
  expect(read).toEqual([]);
  expect(host.spans()).toHaveLength(1);
});

test('leaves nothing behind on the target of a Proxy with methods of any name', () => {
  const host = instrumentedHost();
  const target = {};
  const result = new Proxy(target, { get: (_, key) => (typeof key === 'string' ? () => key : undefined) });
  expect(span('call', () => result)).toBe(result);
  expect(Reflect.ownKeys(target)).toEqual([]);
  expect(host.spans()).toHaveLength(1);
});

test.each([
  ['throws', 1, { then: () => throwIt() }],
  ['fulfills twice', 0, { then: (done: (value: number) => void) => [done(1), done(2)] }],
  ['throws once it is fulfilled', 0, { then: (done: (value: number) => void) => throwIt(done(1)) }],
  [
    'rejects, and then fulfills',
    1,
    { then: (done: () => void, fail: (e: Error) => void) => [fail(THROWN), done()] },
  ],
  [
    'is of a subclass that forbids to derive',
    1,
    class extends Promise<number> {
      static override get [Symbol.species](): PromiseConstructor {
        return throwIt();
      }
    }.resolve(1),
  ],
])('ends once with a promise-like that %s', async (_how, failures, promiseLike) => {
  const host = instrumentedHost();
  const result = span('call', () => promiseLike as PromiseLike<number>);
  expect(result).toBe(promiseLike);
  expect(await (async () => result)().catch((error: unknown) => error)).toBe(failures === 0 ? 1 : THROWN);
  expect(host.spans()).toHaveLength(1);
  expect(host.spans()[0]?.status.code).toBe(failures === 0 ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
});

test('ends with a promise of another context of node:vm, whose code awaits it without calling then()', async () => {
  const host = instrumentedHost();
  const foreign = runInNewContext('({ start: async () => 5, read: async (promise) => await promise })');
  expect(await foreign.read(span('call', () => foreign.start()))).toBe(5);
  expect(host.spans()).toHaveLength(1);
});
