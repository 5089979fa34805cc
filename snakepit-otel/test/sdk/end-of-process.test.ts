// Each host is a separate process that uses the built packages, and prints the time (ms) at which it is done.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { FAULTY_COLLECTORS, FAULTY_GRPC_COLLECTORS } from '../../../test/helpers/faulty-collector.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { measured } from '../../../test/helpers/measured.js';
import { grpcReceiver, httpReceiver, type OtlpReceiver } from '../../../test/helpers/otlp-receiver.js';

const LIMIT_MS = 5500;
const HOST = `
  import { execute, span } from 'opentelemetry-instrumentation-snakepit';
  import { startTelemetry } from 'snakepit-otel';
`;
const TWELVE_SPANS = "for (let i = 0; i < 12; i++) span('myapp.operation', {}, () => i);";
const STAY_UP = "setInterval(() => {}, 1000); console.log('up');";

type Options = NonNullable<Parameters<typeof runModule>[1]>;

interface DataPoint {
  readonly attributes: readonly { readonly value: { readonly stringValue: string } }[];
  readonly asInt?: string;
  readonly asDouble?: number;
}

/** Runs a host, and measures the time from its line `done` to its end. */
async function run(program: string, env: Record<string, string> = {}, onOutput?: Options['onOutput']) {
  let doneAt = 0;
  const result = await runModule(`${HOST}\n${program}`, {
    env,
    onOutput: (output, child) => {
      if (doneAt === 0 && output.includes('done')) doneAt = performance.now();
      onOutput?.(output, child);
    },
  });
  return { ...result, endMs: performance.now() - doneAt };
}

const killWith =
  (signal: NodeJS.Signals): Options['onOutput'] =>
  (output, child) => {
    if (output.includes('up\n') && !child.killed) child.kill(signal);
  };

/** Number of spans with a name in the bodies of all exports. */
const spansNamed = ({ exports }: OtlpReceiver, name: string) =>
  exports
    .filter(({ signal }) => signal === 'traces')
    .reduce((sum, { body }) => sum + body.toString('latin1').split(name).length - 1, 0);

const received = ({ exports }: OtlpReceiver, signal: string, text: string) =>
  exports.filter((each) => each.signal === signal && each.body.includes(text)).length;

describe('a faulty collector', () => {
  const overHttp = Object.entries(FAULTY_COLLECTORS).map(
    ([fault, start]) => [fault, 'http/protobuf', start] as const,
  );
  const overGrpc = Object.entries(FAULTY_GRPC_COLLECTORS).map(
    ([fault, start]) => [fault, 'grpc', start] as const,
  );

  test.each([...overHttp, ...overGrpc])(
    '(%s, %s) does not hold up the end of a process, and what was lost is counted',
    { tags: ['H5'] },
    async (_fault, protocol, start) => {
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: await start(),
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
      };
      const result = await run(
        `startTelemetry(); ${TWELVE_SPANS} process.exitCode = 7; console.log('done');`,
        env,
      );
      expect(result).toMatchObject({ code: 7, signal: null });
      expect(result.endMs).toBeLessThan(LIMIT_MS);
      measured('gone after', Math.round(result.endMs), 'ms');
      measured('spans of 12 counted as lost', Number(/lost (\d+) spans/.exec(result.stderr)?.[1]));
      expect(result.stderr).toMatch(
        /^snakepit-otel: lost 12 spans(, \d+ metric data points?)? \(.+\)\. Set .+\n$/,
      );
    },
  );

  const running = ['hanging', 'refused', 'unavailable'] as const;
  test.each([
    ...running.map((fault) => [fault, 'http/protobuf'] as const),
    ...running.map((fault) => [fault, 'grpc'] as const),
    ['status UNAVAILABLE', 'grpc'] as const,
  ])(
    '(%s, %s) does not hold up a process that has exported before its end',
    { tags: ['H5'] },
    async (fault, protocol) => {
      const result = await run(
        `startTelemetry({ spanBatch: { scheduledDelayMs: 50 } });
         ${TWELVE_SPANS}
         setTimeout(() => { process.exitCode = 7; console.log('done'); }, 1000);`,
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: await FAULTY_GRPC_COLLECTORS[fault](),
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        },
      );
      expect(result).toMatchObject({ code: 7, signal: null });
      expect(result.endMs).toBeLessThan(LIMIT_MS);
      measured('gone after', Math.round(result.endMs), 'ms');
      expect(result.stderr).toContain('lost 12 spans');
    },
  );

  test.each([
    ['http/protobuf', httpReceiver],
    ['grpc', grpcReceiver],
  ] as const)('(none, %s) an export that runs at the end is waited for, once', async (protocol, receiver) => {
    const collector = await receiver(300);
    const result = await run(
      `startTelemetry({ spanBatch: { scheduledDelayMs: 50 } });
       ${TWELVE_SPANS}
       setTimeout(() => {}, 200);`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: protocol },
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(spansNamed(collector, 'myapp.operation')).toBe(12);
  });

  test.each(['hanging', 'refused'] as const)(
    '(%s) does not hold up shutdown(), and the host goes on',
    { tags: ['H5'] },
    async (fault) => {
      const result = await run(
        `const telemetry = startTelemetry();
         ${TWELVE_SPANS}
         console.log('done');
         await telemetry.shutdown();
         console.log('continued');`,
        { OTEL_EXPORTER_OTLP_ENDPOINT: await FAULTY_COLLECTORS[fault]() },
      );
      expect(result).toMatchObject({ code: 0, stdout: 'done\ncontinued\n' });
      expect(result.endMs).toBeLessThan(LIMIT_MS);
      measured('gone after', Math.round(result.endMs), 'ms');
      expect(result.stderr).toContain('lost 12 spans');
      expect(result.stderr.split('\n')).toHaveLength(2);
    },
  );

  test('without any setting, the line names the variable to set', { tags: ['H7'] }, async () => {
    const result = await run(`await import('snakepit-otel/register'); ${TWELVE_SPANS} console.log('done');`, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    });
    expect(result).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(result.endMs).toBeLessThan(LIMIT_MS);
    measured('gone after', Math.round(result.endMs), 'ms');
    expect(result.stderr).toContain('ECONNREFUSED');
    expect(result.stderr).toContain('Set OTEL_EXPORTER_OTLP_ENDPOINT to the URL of a collector');
    expect(result.stderr).toContain('with a configuration file, correct its exporters');
  });

  test('counts the spans that a full queue dropped, and what was exported', async () => {
    const collector = await httpReceiver();
    const result = await run(
      `const telemetry = startTelemetry({ otlp: { protocol: 'http/json' }, spanBatch: { maxQueueSize: 5, maxExportBatchSize: 5 } });
       ${TWELVE_SPANS}
       await telemetry.forceFlush();
       await telemetry.shutdown();`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
    );
    const exported = collector.exports
      .filter(({ signal }) => signal === 'traces')
      .flatMap(({ body }) => JSON.parse(body.toString()).resourceSpans[0].scopeSpans[0].spans).length;
    expect(result.stderr).toContain(`lost ${12 - exported} spans`);
    const points = collector.exports
      .filter(({ signal }) => signal === 'metrics')
      .flatMap(({ body }) => JSON.parse(body.toString()).resourceMetrics[0].scopeMetrics)
      .flatMap(({ metrics }) => metrics)
      .filter(({ name }) => name === 'snakepit.telemetry.export_items.total')
      .at(-1)
      .sum.dataPoints.map(({ attributes, asInt, asDouble }: DataPoint) => [
        ...attributes.map(({ value }) => value.stringValue),
        Number(asInt ?? asDouble),
      ]);
    expect(points).toContainEqual(['traces', 'dropped', 12 - exported]);
    expect(points).toContainEqual(['traces', 'exported', exported]);
  });
});

describe('a signal', () => {
  test.each([
    ['version 3', "import onExit from 'signal-exit-v3';"],
    ['version 4', "import { onExit } from 'signal-exit-v4';"],
    [
      'both versions',
      "import { onExit } from 'signal-exit-v4'; import other from 'signal-exit-v3'; other(() => {});",
    ],
  ])(
    'exports everything beside signal-exit (%s), whose cleanup runs',
    { tags: ['H3'] },
    async (_version, load) => {
      const collector = await httpReceiver();
      const result = await run(
        `${load} onExit(() => console.log('cleaned up'));
       startTelemetry(); ${TWELVE_SPANS} ${STAY_UP}`,
        { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
        killWith('SIGTERM'),
      );
      expect(result).toMatchObject({ signal: 'SIGTERM', stdout: 'up\ncleaned up\n', stderr: '' });
      measured('spans exported of 12', spansNamed(collector, 'myapp.operation'));
      expect(received(collector, 'traces', 'myapp.operation')).toBe(1);
      expect(received(collector, 'metrics', 'snakepit')).toBe(1);
    },
  );

  test('SIGHUP exports everything', { tags: ['H27'] }, async () => {
    const collector = await httpReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    const result = await run(`startTelemetry(); ${TWELVE_SPANS} ${STAY_UP}`, env, killWith('SIGHUP'));
    expect(result.signal).toBe('SIGHUP');
    measured('spans exported of 12', spansNamed(collector, 'myapp.operation'));
    expect(received(collector, 'traces', 'myapp.operation')).toBe(1);
  });

  test('a second one ends the process at once', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: await FAULTY_COLLECTORS.hanging() };
    let lastKillAt = 0;
    // The host prints a line for each signal that it gets, without a listener of its own.
    const result = await run(
      `const emit = process.emit;
       process.emit = (event, ...args) => {
         if (event === 'SIGINT') console.log('got it');
         return emit.call(process, event, ...args);
       };
       startTelemetry(); ${TWELVE_SPANS} ${STAY_UP}`,
      env,
      (output, child) => {
        if (!/^(up|up\ngot it)\n$/.test(output)) return;
        lastKillAt = performance.now();
        child.kill('SIGINT');
      },
    );
    expect(result).toMatchObject({ signal: 'SIGINT', stdout: 'up\ngot it\ngot it\n' });
    expect(result.stderr).toContain('lost 12 spans');
    expect(performance.now() - lastKillAt).toBeLessThan(2000);
  });

  test.each([
    ['http/protobuf', httpReceiver],
    ['grpc', grpcReceiver],
  ] as const)(
    '(%s) a handler of the host that finishes its work and exits loses nothing',
    { tags: ['H4'] },
    async (protocol, receiver) => {
      const collector = await receiver();
      const result = await run(
        `process.once('SIGTERM', async () => {
         await span('last.request', {}, () => new Promise((resolve) => setTimeout(resolve, 600)));
         process.exit(0);
       });
       startTelemetry(); ${TWELVE_SPANS} ${STAY_UP}`,
        { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: protocol },
        killWith('SIGTERM'),
      );
      expect(result).toMatchObject({ code: 0, stderr: '' });
      measured(
        'spans exported of 13',
        spansNamed(collector, 'myapp.operation') + spansNamed(collector, 'last.request'),
      );
      expect(received(collector, 'traces', 'myapp.operation')).toBeGreaterThan(0);
      expect(received(collector, 'traces', 'last.request')).toBe(1);
    },
  );

  test('a server that closes and then exits loses nothing', { tags: ['H4'] }, async () => {
    const collector = await httpReceiver();
    const result = await run(
      `import { createServer, get } from 'node:http';
       startTelemetry();
       const server = createServer((_request, response) =>
         span('last.request', {}, () => new Promise((resolve) => setTimeout(resolve, 600)))
           .then(() => response.end('ok')));
       process.on('SIGTERM', () => server.close(() => process.exit(0)));
       server.listen(0, '127.0.0.1', () => {
         get({ port: server.address().port, agent: false }, (response) => response.resume());
         server.once('request', () => console.log('up'));
       });`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
      killWith('SIGTERM'),
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(received(collector, 'traces', 'last.request')).toBeGreaterThan(0);
  });

  test('after it, spans are exported at once while the host goes on', { tags: ['H4'] }, async () => {
    const collector = await httpReceiver();
    const result = await run(
      `process.on('SIGTERM', () => {
         setTimeout(() => span('after.signal', {}, () => 1), 200);
       });
       startTelemetry(); ${STAY_UP}`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
      (output, child) => {
        if (!output.includes('up\n') || child.killed) return;
        child.kill('SIGTERM');
        const exported = setInterval(() => {
          if (received(collector, 'traces', 'after.signal') === 0) return;
          clearInterval(exported);
          child.kill('SIGKILL');
        }, 20);
      },
    );
    expect(result.signal).toBe('SIGKILL');
  });
});

test.each([
  ['nobody reads', 'exec "$@"'],
  ['is a full disk', 'exec "$@" 2>/dev/full'],
  ['is closed', 'exec "$@" 2>&-'],
])('a warning on a stderr that %s does not end the host', async (_how, script) => {
  const program = "import 'snakepit-otel/register'; setTimeout(() => console.log('alive'), 300);";
  const node = [process.execPath, '--input-type=module', '--eval', program];
  const child = spawn('sh', ['-c', script, 'sh', ...node], {
    env: { ...process.env, OTEL_LOG_LEVEL: 'unknown', OTEL_METRICS_EXPORTER: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Nobody reads it any more, unless the shell has replaced it.
  child.stderr.destroy();
  expect(await Promise.all([text(child.stdout), once(child, 'close')])).toEqual(['alive\n', [0, null]]);
});

describe('the end of a process', () => {
  test('flushes again if the host goes on after the event loop has drained', { tags: ['H8'] }, async () => {
    const collector = await httpReceiver();
    const result = await run(
      `startTelemetry(); ${TWELVE_SPANS}
       let rounds = 0;
       process.on('beforeExit', () => {
         if (rounds++ < 2) setTimeout(() => {
           span('round.' + rounds, {}, () => 1);
           execute('snakepit.circuit_breaker.closed', {}, { pool: 'pool-' + rounds });
         }, 100);
       });`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    for (const round of [1, 2]) {
      expect(received(collector, 'traces', `round.${round}`)).toBe(1);
      expect(received(collector, 'metrics', `pool-${round}`)).toBeGreaterThan(0);
    }
    const flushes = collector.exports.filter(({ signal }) => signal === 'metrics').length;
    measured('exports of metrics in 3 rounds', flushes);
    expect(flushes).toBe(3);
  });

  test.each([
    ['process.exit()', 'process.exit(4);', 4],
    ['an uncaught exception', "throw new Error('uncaught');", 1],
  ])('%s exports the spans and log records that are queued', { tags: ['H27'] }, async (_how, end, code) => {
    const collector = await httpReceiver();
    const result = await run(
      `startTelemetry(); ${TWELVE_SPANS}
       execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
       setImmediate(() => { ${end} });`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
    );
    expect(result.code).toBe(code);
    expect(result.stderr).not.toContain('lost');
    measured('spans exported of 12', spansNamed(collector, 'myapp.operation'));
    expect(received(collector, 'traces', 'myapp.operation')).toBe(1);
    expect(received(collector, 'logs', 'OPENED')).toBe(1);
  });

  const SPAN = "span('myapp.last', {}, () => 1);";

  test.each([
    ['the end of the event loop', `process.on('exit', () => { ${SPAN} });`, 0],
    ['an uncaught exception', `process.on('exit', () => { ${SPAN} }); setImmediate(() => { throw 1; });`, 1],
    ['process.exit()', `setImmediate(() => { process.on('exit', () => { ${SPAN} }); process.exit(3); });`, 3],
    ['process.exit() of that listener', `process.on('exit', () => { ${SPAN} process.exit(3); });`, 3],
  ])('exports what a listener of exit of the host ends, after %s', async (_how, program, code) => {
    const collector = await httpReceiver();
    const result = await run(`startTelemetry(); ${TWELVE_SPANS} ${program}`, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    expect(result.code).toBe(code);
    expect(result.stderr).not.toContain('lost');
    expect(spansNamed(collector, 'myapp.operation')).toBe(12);
    expect(spansNamed(collector, 'myapp.last')).toBe(1);
  });

  test('(hanging) a host that goes on at each end of the event loop waits for one limit in all', async () => {
    const result = await run(
      `startTelemetry();
       let rounds = 0;
       process.on('beforeExit', () => {
         if (rounds++ < 4) setImmediate(() => { ${SPAN} });
         else console.log('rounds', rounds);
       });
       console.log('done');`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: await FAULTY_COLLECTORS.hanging() },
    );
    expect(result).toMatchObject({ code: 0, stdout: 'done\nrounds 5\n' });
    expect(result.endMs).toBeLessThan(2 * LIMIT_MS);
    expect(result.stderr).toContain('lost 4 spans');
  });

  test('process.exit() waits for a hanging collector within the limit', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: await FAULTY_COLLECTORS.hanging() };
    const result = await run(
      `startTelemetry(); ${TWELVE_SPANS} console.log('done'); setImmediate(() => process.exit(4));`,
      env,
    );
    expect(result.code).toBe(4);
    expect(result.endMs).toBeLessThan(LIMIT_MS);
    expect(result.stderr).toContain('lost 12 spans');
  });

  test.each([
    ['a scraper that keeps its connection', 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a silent connection', ''],
  ])('%s does not keep the process alive', { tags: ['H6'] }, async (_who, request) => {
    const port = await freePort();
    const result = await run(
      `const telemetry = startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: { port: ${port} } });
       await telemetry.ready;
       console.log('up');
       process.stdin.once('data', () => { process.stdin.destroy(); console.log('done'); });`,
      {},
      (output, child) => {
        if (!output.endsWith('up\n')) return;
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(request);
          if (request === '') child.stdin?.write('connected\n');
        });
        socket.once('data', () => child.stdin?.write('scraped\n'));
        socket.on('error', () => {});
        onTestFinished(() => void socket.destroy());
      },
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.endMs).toBeLessThan(LIMIT_MS);
    measured('gone after', Math.round(result.endMs), 'ms');
  });

  test('a scraper that keeps its connection does not hold up shutdown()', { tags: ['H6'] }, async () => {
    const port = await freePort();
    const result = await run(
      `import { Agent, get } from 'node:http';
       const telemetry = startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: { port: ${port} } });
       await telemetry.ready;
       const agent = new Agent({ keepAlive: true });
       await new Promise((scraped) => get('http://127.0.0.1:${port}/metrics', { agent }, (page) => page.resume().once('end', scraped)));
       console.log('done');
       await telemetry.shutdown();`,
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.endMs).toBeLessThan(1000);
    measured('gone after', Math.round(result.endMs), 'ms');
  });
});
