// Sends the recorded OTLP of Elixir and Python through an agent to real Jaeger.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { freePorts } from '../../scripts/backends/ports.mjs';
import { eventually, parentId, runningBackends, tag } from '../helpers/backends.js';
import { runNode } from '../helpers/child.js';

const { backends, folder, trace } = await runningBackends();

const RECORDED = 'test/fixtures/snakepit-recordings/otlp';
const REQUESTS = ['sp-f118e96b092a160a5f490366', 'sp-f4e603ba37999116faf1739f'];
/** Requests of Python alone, of which the first also has a span below its own. */
const PYTHON_REQUESTS = { '38fc7735e8ec4742ba94be9421c0fa13': 2, '64bbb2ffc2d541b5bbbc5eff5f09e446': 1 };

const traceIdOf = (correlationId: string) =>
  createHash('sha256').update(`snakepit\0${correlationId}`).digest('hex').slice(0, 32);

test('each recorded request is one trace, with the span of Python below the call of Elixir', async () => {
  const { otlp: port } = await freePorts({ otlp: 0 });
  const file = join(folder, 'agent.yaml');
  const otlp_http = { endpoint: `http://127.0.0.1:${backends?.ports.otlpHttp}/v1/traces` };
  await writeFile(
    file,
    JSON.stringify({
      file_format: '1.0',
      tracer_provider: { processors: [{ batch: { exporter: { otlp_http } } }] },
      'instrumentation/development': {
        js: { snakepit: { inputs: { unix: false, http: false, otlp: { port } } } },
      },
    }),
  );
  let stopAgent = () => {};
  const agent = runNode(['snakepit-otel/dist/command/main.cjs', 'agent', '--config', file], {
    onOutput: (_output, child) => {
      stopAgent = () => void child.kill('SIGTERM');
    },
  });
  try {
    for (const name of ['02.bin', '00.bin', '01.bin']) {
      const body = gzipSync(await readFile(`${RECORDED}/${name}`));
      const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };
      const post = () =>
        fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', headers, body: body as never });
      await vi.waitFor(async () => expect((await post()).status).toBe(200), eventually);
    }
    await vi.waitFor(async () => {
      for (const id of REQUESTS) {
        const { spans, processes } = await trace(traceIdOf(id));
        expect(
          Object.values(processes)
            .map(({ serviceName }) => serviceName)
            .toSorted(),
        ).toEqual(['snakepit.python.bridge', 'unknown_service:erl']);
        expect(spans.map((span) => tag(span, 'snakepit.correlation_id'))).toEqual([id, id]);
        const call = spans.find(
          ({ operationName }) => operationName === 'snakepit.grpc.execute.telemetry_demo',
        );
        const python = spans.find(({ operationName }) => operationName === 'BridgeService/ExecuteTool');
        if (call === undefined || python === undefined) throw new Error('missing span');
        expect([call, python].map(parentId)).toEqual([undefined, call.spanID]);
      }
      for (const [id, count] of Object.entries(PYTHON_REQUESTS)) {
        const { spans } = await trace(traceIdOf(id));
        expect(spans).toHaveLength(count);
        expect(spans.filter((span) => parentId(span) === undefined)).toHaveLength(1);
      }
    }, eventually);
  } finally {
    stopAgent();
  }
  expect(await agent).toMatchObject({ code: 0, stderr: '' });
});
