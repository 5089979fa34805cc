// Each host is a separate process that uses the built packages.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { measured } from '../../../test/helpers/measured.js';

const NONE = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const HOST = `
  import { connect } from 'node:net';
  import { execute, span } from 'opentelemetry-instrumentation-snakepit';
  import { startTelemetry } from 'snakepit-otel';
  const snapshot = async (port, headers) => (await fetch('http://127.0.0.1:' + port + '/api/v1/snapshot', { headers })).json();
`;
const host = (program: string, env: Record<string, string> = {}) =>
  runModule(`${HOST}\n${program}`, { env: { ...NONE, ...env } });

test('startTelemetry() serves spans and events of its process, prints the address, and ends', async () => {
  const port = await freePort();
  const { code, stdout, stderr } = await host(
    `const telemetry = startTelemetry();
     await span('before.ready', {}, async () => {});
     await telemetry.ready;
     await span('after.ready', {}, async () => execute('snakepit.circuit_breaker.opened', { failure_count: 1 }, { pool: 'p' }));
     const { host, traces, breakers, events } = await snapshot(${port});
     console.log(JSON.stringify({ name: host.serviceName, traces: traces.map(({ name }) => name), breakers: breakers.length, events: events.length }));
     // A stream that is open does not keep the process alive.
     const socket = connect(${port}, '127.0.0.1');
     socket.write('GET /api/v1/stream HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n');
     await new Promise((resolve) => socket.once('data', resolve));
     socket.unref();`,
    { SNAKEPIT_OTEL_UI: port, OTEL_SERVICE_NAME: 'service' },
  );
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `snakepit-otel: the live page is at http://127.0.0.1:${port}/\n`,
  });
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'service',
    traces: ['before.ready', 'after.ready'],
    breakers: 1,
  });
});

test('without the option nothing of the page is loaded, and nothing listens', async () => {
  const { code, stdout } = await host(
    `import { channel } from 'node:diagnostics_channel';
     const telemetry = startTelemetry();
     await telemetry.ready;
     const isObserved = ['gpu.memory.sampled', 'circuit_breaker.opened', 'error.oom'].some((name) => channel('snakepit.' + name).hasSubscribers);
     const servers = process.getActiveResourcesInfo().filter((type) => type === 'TCPServerWrap').length;
     const isRecording = span('work', {}, (each) => each.isRecording());
     console.log(JSON.stringify({ isObserved, servers, isRecording }));
     await telemetry.shutdown();`,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ isObserved: false, servers: 0, isRecording: false });
});

test('a port that is taken is one line, and telemetry goes on without the page', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const { code, stdout, stderr } = await host(
    `import { channel } from 'node:diagnostics_channel';
     const telemetry = startTelemetry({ ui: { port: ${port} }, logs: [] });
     await telemetry.ready;
     console.log(span('work', {}, () => 'works'), channel('snakepit.circuit_breaker.call.allowed').hasSubscribers);
     await telemetry.shutdown();`,
  );
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'works false\n',
    stderr: `snakepit-otel: the live page cannot be served on http://127.0.0.1:${port}/: the port is taken. Set another one with ui.port or SNAKEPIT_OTEL_UI\n`,
  });
});

test('an address that others reach needs the token that is printed with it', async () => {
  const port = await freePort();
  const { stdout, stderr } = await host(
    `const telemetry = startTelemetry({ ui: { host: '0.0.0.0', port: ${port} } });
     await telemetry.ready;
     console.log((await fetch('http://127.0.0.1:${port}/api/v1/snapshot')).status);
     await telemetry.shutdown();`,
  );
  expect(stdout).toBe('401\n');
  expect(stderr).toMatch(
    new RegExp(`^snakepit-otel: the live page is at http://0\\.0\\.0\\.0:${port}/\\?token=[0-9a-f]{32}\\n$`),
  );
});

test('a token of a file is required on loopback too, and not printed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-page-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'token'), 'a secret; token=1\n');
  const port = await freePort();
  const { stdout, stderr } = await host(
    `const telemetry = startTelemetry({ ui: { port: ${port}, tokenFile: ${JSON.stringify(join(folder, 'token'))} } });
     await telemetry.ready;
     const redirect = await fetch('http://127.0.0.1:${port}/?token=' + encodeURIComponent('a secret; token=1'), { redirect: 'manual' });
     const [cookie] = redirect.headers.get('set-cookie').split(';');
     const status = async (headers) => (await fetch('http://127.0.0.1:${port}/api/v1/snapshot', { headers })).status;
     console.log(redirect.status, await status({ cookie }), await status({}));
     await telemetry.shutdown();`,
  );
  expect(stdout).toBe('303 200 401\n');
  expect(stderr).not.toContain('a secret');
});

test('a hundred clients that read or send slowly cost the host nothing that it notices', async () => {
  const port = await freePort();
  const { code, stdout } = await host(
    `const telemetry = startTelemetry({ ui: { port: ${port} } });
     await telemetry.ready;
     const work = () => { for (let i = 0; i < 2000; i++) execute('snakepit.circuit_breaker.call.rejected', {}, { pool: 'p' + (i % 50), state: 'open' }); };
     const cost = async () => {
       const start = process.cpuUsage();
       for (let round = 0; round < 20; round++) { work(); await new Promise((resolve) => setTimeout(resolve, 50)); }
       const { user, system } = process.cpuUsage(start);
       return (user + system) / 1000;
     };
     await snapshot(${port});
     await cost();
     const alone = await cost();
     const rss = process.memoryUsage.rss();
     for (let i = 0; i < 100; i++) {
       const socket = connect(${port}, '127.0.0.1').pause().unref();
       socket.on('error', () => {});
       socket.write(i % 2 === 0 ? 'GET /api/v1/stream?range=1h HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' : 'GET / HTTP/1.1\\r\\nX-Slow: ');
     }
     await new Promise((resolve) => setTimeout(resolve, 200));
     const crowded = await cost();
     const grown = process.memoryUsage.rss() - rss;
     console.log(JSON.stringify({ alone, crowded, grown }));
     await telemetry.shutdown();`,
  );
  expect(code).toBe(0);
  const { alone, crowded, grown } = JSON.parse(stdout);
  measured('CPU of a second of work, alone', alone, 'ms');
  measured('CPU of a second of work, with 100 slow clients', crowded, 'ms');
  expect(crowded).toBeLessThan(2 * alone + 100);
  expect(grown).toBeLessThan(32 * 1024 * 1024);
});
