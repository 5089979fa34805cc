// Each host is a separate process that uses the built packages, and starts threads or processes of its own.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { measured } from '../../../test/helpers/measured.js';
import { httpReceiver, type OtlpReceiver } from '../../../test/helpers/otlp-receiver.js';

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));
const REGISTER = ['--import', 'snakepit-otel/register'];
const EXPORTERS = {
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_METRICS_EXPORTER: 'prometheus',
};

/** Writes a program that can start itself in a thread or process. */
async function programFile(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-many-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'program.mjs');
  const source = program.replaceAll('PACKAGE', PACKAGE);
  await writeFile(file, source);
  return file;
}

const spanNames = ({ exports }: OtlpReceiver): string[] =>
  exports
    .filter(({ signal }) => signal === 'traces')
    .flatMap(({ body }) => JSON.parse(body.toString()).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ name }) => name)
    .sort();

const THREADS = `
  import { isMainThread, Worker } from 'node:worker_threads';
  import { span } from 'PACKAGEdist/library/index.mjs';
  if (isMainThread) {
    span('main.work', {}, () => 1);
    const threads = [1, 2].map(() => new Worker(new URL(import.meta.url)));
    await Promise.all(threads.map((thread) => new Promise((ended) => thread.once('exit', ended))));
  } else {
    span('thread.work', {}, () => 1);
    console.log('thread done');
  }`;

test('worker threads inherit --import, and start no SDK', { tags: ['H32'] }, async () => {
  const collector = await httpReceiver();
  const env = {
    ...EXPORTERS,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(),
  };
  const result = await runNode([...REGISTER, await programFile(THREADS)], { env });
  expect(result).toMatchObject({ code: 0, stdout: 'thread done\nthread done\n', stderr: '' });
  measured(
    'spans of 2 threads, by default',
    spanNames(collector).filter((name) => name === 'thread.work').length,
  );
  expect(spanNames(collector)).toEqual(['main.work']);
});

test('worker threads export spans, and nothing else, if a variable asks for it', {
  tags: ['H32'],
}, async () => {
  const collector = await httpReceiver();
  const env = {
    ...EXPORTERS,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(),
    SNAKEPIT_OTEL_WORKER_THREADS: 'true',
  };
  const result = await runNode([...REGISTER, await programFile(THREADS)], { env });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  measured(
    'spans of 2 threads, if asked',
    spanNames(collector).filter((name) => name === 'thread.work').length,
  );
  expect(spanNames(collector)).toEqual(['main.work', 'thread.work', 'thread.work']);
});

test('a worker thread that ends itself by process.exit() exports its spans', { tags: ['H27'] }, async () => {
  const collector = await httpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const file = await programFile(`
    import { isMainThread, Worker } from 'node:worker_threads';
    import { span } from 'PACKAGEdist/library/index.mjs';
    import { startTelemetry } from 'PACKAGEsnakepit-otel/dist/esm/index.js';
    if (isMainThread) new Worker(new URL(import.meta.url));
    else {
      startTelemetry({ metrics: [] });
      span('thread.work', {}, () => 1);
      setImmediate(() => process.exit(0));
    }`);
  const result = await runNode([file], { env });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(spanNames(collector)).toEqual(['thread.work']);
});

test('in a fork, the metrics page gives way to that of the parent, without a line', {
  tags: ['H32'],
}, async () => {
  const collector = await httpReceiver();
  const port = await freePort();
  const env = {
    ...EXPORTERS,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_PROMETHEUS_PORT: port,
  };
  const file = await programFile(`
    import { fork } from 'node:child_process';
    import { fileURLToPath } from 'node:url';
    import { execute, span } from 'PACKAGEdist/library/index.mjs';
    const page = () => fetch('http://127.0.0.1:${port}/metrics', { headers: { connection: 'close' } }).then((r) => r.text());
    execute('snakepit.circuit_breaker.closed', {}, { pool: process.send ? 'child' : 'parent' });
    if (process.send) span('child.work', {}, () => 1);
    else {
      await new Promise((ended) => fork(fileURLToPath(import.meta.url)).once('exit', ended));
      console.log((await page()).match(/closed_total\\{.*pool="(\\w+)"/)[1]);
    }`);
  const result = await runNode([...REGISTER, file], { env });
  expect(result).toMatchObject({ code: 0, stdout: 'parent\n', stderr: '' });
  expect(spanNames(collector)).toEqual(['child.work']);
});

test('the workers of a cluster do not share a metrics page, and say how to read all of them', {
  tags: ['H16'],
}, async () => {
  const port = await freePort();
  const file = await programFile(`
    import cluster from 'node:cluster';
    import { startTelemetry } from 'PACKAGEsnakepit-otel/dist/esm/index.js';
    if (cluster.isPrimary) {
      for (let i = 0; i < 4; i++) cluster.fork();
      let settled = 0;
      cluster.on('message', (_worker, outcome) => {
        console.log(outcome);
        if (++settled === 4) for (const worker of Object.values(cluster.workers)) worker.kill();
      });
    } else {
      const own = process.env.OWN_PORTS ? { port: ${port} + cluster.worker.id } : { port: ${port} };
      const telemetry = startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: own });
      telemetry.ready.then(() => process.send('served'), ({ code }) => process.send(code));
    }`);
  const shared = await runNode([file]);
  expect(shared.stdout.trim().split('\n').sort()).toEqual([
    ...Array(3).fill('SNAKEPIT_PROMETHEUS_SERVER'),
    'served',
  ]);
  const lines = shared.stderr.trim().split('\n').length;
  measured('lines of 4 workers', lines);
  expect(lines).toBe(3);
  expect(shared.stderr).toContain('In a cluster, give each worker its own port');
  const own = await runNode([file], { env: { OWN_PORTS: 'true' } });
  expect(own).toMatchObject({ stdout: 'served\n'.repeat(4), stderr: '' });
});
