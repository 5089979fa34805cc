import { expect, onTestFinished, test } from 'vitest';
import { recordLoads } from '../../../src/instrumentations/onnxruntime/loads.js';
import { recordRuns } from '../../../src/instrumentations/onnxruntime/runs.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const unreadable = () => {
  throw new Error('not readable');
};

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
