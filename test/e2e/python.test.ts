// Runs the example of docs/python.md as pasted: two spans in Node, and two nested spans in Python, in real Jaeger.
import { execFile } from 'node:child_process';
import { copyFile, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import {
  eventually,
  type JaegerSpan,
  parentId,
  runningBackends,
  spanEvents,
  tag,
} from '../helpers/backends.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { backends, folder, traces, query } = await runningBackends();

test('docs/python.md leads to one nested trace', async () => {
  const text = await readFile(join(ROOT, 'docs/python.md'), 'utf8');
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(text)?.[1] ?? '';
  await writeFile(join(folder, 'tool.py'), block('python'));
  await writeFile(join(folder, 'app.mjs'), block('js'));
  await copyFile(join(ROOT, 'producers/python/telemetry.py'), join(folder, 'telemetry.py'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const { stderr } = await promisify(execFile)(process.execPath, ['app.mjs'], {
    cwd: folder,
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${backends?.ports.otlpHttp}`,
    },
  });
  expect(stderr).toBe('');

  await vi.waitFor(async () => {
    const found = await traces('predictions');
    expect(found).toHaveLength(1);
    const spans = new Map(found[0]?.spans.map((span) => [span.operationName, span]));
    const [request, tool, outer, inner] = [
      'prediction',
      'python tool.py',
      'snakepit.python.inference',
      'snakepit.python.inference.forward',
    ].map((name) => spans.get(name) as JaegerSpan);
    expect(spans.size).toBe(4);
    if (request === undefined || tool === undefined || outer === undefined || inner === undefined)
      throw new Error('missing span');
    expect([request, tool, outer, inner].map(parentId)).toEqual([
      undefined,
      request.spanID,
      tool.spanID,
      outer.spanID,
    ]);
    expect(tag(inner, 'snakepit.batch')).toBe(8);
    expect(inner.duration).toBeGreaterThan(45_000);
    expect(spanEvents(outer).map(({ event }) => event)).toEqual(['snakepit.python.batch.loaded']);
    const [counted] = await query('snakepit_python_events_total{event="snakepit.python.batch.loaded"}');
    expect(counted?.value).toBe(1);
  }, eventually);
});
