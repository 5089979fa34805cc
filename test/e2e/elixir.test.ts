// Sends events of an Elixir program to the Unix socket of an agent, which exports them to real Jaeger.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { eventually, parentId, runningBackends, tag } from '../helpers/backends.js';
import { runNode } from '../helpers/child.js';
import { DEFINE_CALL, noElixir, runElixir } from '../helpers/elixir.js';

const { backends, folder, traces } = await runningBackends();

const REQUESTS = ['request-1', 'request-2', 'request-3'];

beforeEach(({ skip }) => skip(noElixir !== undefined, noElixir));

test('each request of Elixir becomes one trace, with its call and the span of Python', async () => {
  const path = join(folder, 'events.sock');
  const file = join(folder, 'agent.yaml');
  const otlp_http = { endpoint: `http://127.0.0.1:${backends?.ports.otlpHttp}/v1/traces` };
  await writeFile(
    file,
    JSON.stringify({
      file_format: '1.0',
      resource: { attributes: [{ name: 'service.name', value: 'elixir-requests' }] },
      tracer_provider: { processors: [{ batch: { exporter: { otlp_http } } }] },
      'instrumentation/development': { js: { snakepit: { inputs: { unix: { path }, http: false } } } },
    }),
  );
  const elixir = await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    ${DEFINE_CALL}
    ${REQUESTS.map((request) => `call.("${request}")`).join('\n')}
    await.()
  `);
  let stopAgent = () => {};
  const agent = runNode(['snakepit-otel/dist/command/main.cjs', 'agent', '--config', file], {
    onOutput: (_output, child) => {
      stopAgent = () => void child.kill('SIGTERM');
    },
  });

  try {
    await vi.waitFor(async () => {
      // The agent also has a span of its own, for the detection of hardware.
      const requests = (await traces('elixir-requests')).filter(({ spans }) =>
        spans.some((span) => tag(span, 'snakepit.correlation_id') !== undefined),
      );
      const ids = requests.map(({ spans }) => spans.map((span) => tag(span, 'snakepit.correlation_id')));
      expect(ids.toSorted()).toEqual(REQUESTS.map((request) => [request, request]));
      for (const { spans } of requests) {
        const call = spans.find(({ operationName }) => operationName === 'snakepit.grpc_worker.execute');
        const tool = spans.find(({ operationName }) => operationName === 'snakepit.python.tool.execution');
        if (call === undefined || tool === undefined) throw new Error('missing span');
        expect([call, tool].map(parentId)).toEqual([undefined, call.spanID]);
        expect(tool.duration).toBeGreaterThan(4000);
        expect(call.duration).toBeGreaterThan(tool.duration);
      }
    }, eventually);
  } finally {
    stopAgent();
    elixir.continue();
  }
  expect(await agent).toMatchObject({ code: 0, stderr: '' });
  expect(await elixir.ended).toEqual({ code: 0, stderr: '' });
});
