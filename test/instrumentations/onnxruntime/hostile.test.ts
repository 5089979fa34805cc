import { expect, onTestFinished, test } from 'vitest';
import { recordLoads } from '../../../src/instrumentations/onnxruntime/loads.js';
import { recordRuns } from '../../../src/instrumentations/onnxruntime/runs.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const unreadable = () => {
  throw new Error('not readable');
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

test.for<[string, object]>([
  ['whose outputs cannot be listed', new Proxy({}, { ownKeys: unreadable })],
  ['whose output cannot be read', { c: Object.defineProperty({}, 'location', { get: unreadable }) }],
])('the host gets results %s, and the file of a model that cannot be found any more', async ([, results]) => {
  const { tracer, spans } = instrumentedHost();
  class InferenceSession {
    static async create(_path: string) {
      return new InferenceSession();
    }
    async run(_feeds: object) {
      return results;
    }
  }
  for (const restore of [recordLoads(InferenceSession, () => undefined), recordRuns(InferenceSession)])
    onTestFinished(restore);
  await tracer.startActiveSpan('request', async (span) => {
    const session = await InferenceSession.create('model\0.onnx');
    expect(session).toBeInstanceOf(InferenceSession);
    expect(Object.is(await session.run({}), results)).toBe(true);
    span.end();
  });
  expect(spans().map(({ name, status }) => [name, status.code])).toEqual([
    ['load model.onnx', 0],
    ['inference model.onnx', 0],
    ['request', 0],
  ]);
});

test.for<[string, unknown]>([
  ['no object', 'session'],
  ['a revoked proxy', revoked()],
])('the load of a model that a host has replaced by %s ends', async ([, session]) => {
  const { tracer, spans } = instrumentedHost();
  const InferenceSession = { create: (_path: string) => session };
  onTestFinished(recordLoads(InferenceSession, () => undefined));
  tracer.startActiveSpan('request', (span) => {
    expect(Object.is(InferenceSession.create('model.onnx'), session)).toBe(true);
    span.end();
  });
  expect(spans().map(({ name }) => name)).toEqual(['load model.onnx', 'request']);
});

test('a run whose inputs cannot be read is recorded without them', async () => {
  const { tracer, spans } = instrumentedHost();
  class InferenceSession {
    readonly inputMetadata = [{ name: 'a', shape: ['batch', 3] }];
    async run(_feeds: object) {
      return {};
    }
  }
  onTestFinished(recordRuns(InferenceSession));
  await tracer.startActiveSpan('request', async (span) => {
    for (const feeds of [{ a: revoked() }, revoked(), Object.defineProperty({}, 'a', { get: unreadable })])
      await new InferenceSession().run(feeds);
    span.end();
  });
  expect(spans().map(({ name }) => name)).toEqual([
    'inference unknown',
    'inference unknown',
    'inference unknown',
    'request',
  ]);
});
