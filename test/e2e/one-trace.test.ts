// An HTTP request that a task in a pool of threads serves, with a run of a model and a Python process: one trace in real Jaeger.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, vi } from 'vitest';
import { eventually, parentId, runningBackends, tag } from '../helpers/backends.js';
import type { Host } from '../packaging/host.js';
import { INSTALLING, test } from '../packaging/packed.js';

const PROGRAMS = fileURLToPath(new URL('./one-trace', import.meta.url));
const TELEMETRY = fileURLToPath(new URL('../../producers/python/telemetry.py', import.meta.url));
const { backends, trace } = await runningBackends();
const model: Uint8Array = createRequire(import.meta.url)('../packaging/hosts/onnxruntime/model.cjs');

/** Starts the service, which has no code for telemetry but in its tasks. Returns its port. */
async function startService({ folder, node }: Host): Promise<string> {
  await cp(PROGRAMS, folder, { recursive: true });
  await copyFile(TELEMETRY, join(folder, 'telemetry.py'));
  await writeFile(join(folder, 'classifier.onnx'), model);
  const service = spawn(node, ['--import', 'snakepit-otel/register', 'server.mjs'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      LIBRARIES: import.meta.filename,
      PYTHONDONTWRITEBYTECODE: '1',
      OTEL_SERVICE_NAME: 'classification',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${backends?.ports.otlpHttp}`,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      SNAKEPIT_OTEL_WORKER_THREADS: 'true',
    },
  });
  service.stderr.pipe(process.stderr);
  onTestFinished(async () => {
    service.kill('SIGTERM');
    if (service.exitCode === null && service.signalCode === null) await once(service, 'exit');
  });
  const [port] = await once(service.stdout, 'data');
  return String(port).trim();
}

test(
  'a request, its task, the run of a model and a Python process are one trace',
  INSTALLING,
  async ({ host }) => {
    const port = await startService(await host('onnxruntime'));
    const response = await fetch(`http://127.0.0.1:${port}/classify`, { method: 'POST' });
    const { label, traceId } = (await response.json()) as { label: string; traceId: string };
    expect(label).toBe('label-2');

    await vi.waitFor(async () => {
      const { spans, processes } = await trace(traceId);
      const named = new Map(spans.map((span) => [span.operationName, span]));
      const parents = spans.map((span) => {
        const parent = spans.find(({ spanID }) => spanID === parentId(span));
        return [span.operationName, parent?.operationName];
      });
      expect(Object.fromEntries(parents)).toEqual({
        'POST /classify': undefined,
        'classify.default': 'POST /classify',
        'load classifier.onnx': 'classify.default',
        'inference classifier.onnx': 'classify.default',
        'python postprocess.py': 'classify.default',
        'snakepit.python.rank': 'python postprocess.py',
      });
      expect(spans).toHaveLength(named.size);
      expect(new Set(Object.values(processes).map(({ serviceName }) => serviceName))).toEqual(
        new Set(['classification']),
      );
      const tags = (name: string, ...keys: string[]) =>
        keys.map((key) => tag(named.get(name) ?? { tags: [] }, key));
      expect(tags('inference classifier.onnx', 'snakepit.model.providers')).toEqual(['["cpu"]']);
      expect(tags('python postprocess.py', 'span.kind', 'process.exit.code')).toEqual(['client', 0]);
    }, eventually);
  },
);
