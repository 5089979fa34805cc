import { Writable } from 'node:stream';
import { context, trace } from '@opentelemetry/api';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import winston from 'winston';
import { attachLogger, detachLogger, execute, type LoggerLike, listHandlers } from '../../../src/index.js';
import { runModule } from '../../helpers/child.js';
import { measured } from '../../helpers/measured.js';
import { instrumentedHost } from '../../helpers/sdk.js';

afterEach(() => detachLogger());

/** A console-shaped logger that keeps its lines. */
function consoleLike() {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => lines.push(`[${level}] ${message}`);
  const logger: LoggerLike = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warning'),
    error: write('error'),
  };
  return { lines, logger };
}

const opened = () =>
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });

test('writes the lines of the documentation', () => {
  const { lines, logger } = consoleLike();
  attachLogger({ logger });
  execute(
    'snakepit.hardware.detect.stop',
    { duration: 5_900_000 },
    { accelerator: 'cuda', platform: 'linux-x86_64' },
  );
  execute('snakepit.hardware.select.stop', { duration: 1_234_567 }, { device: 'cuda:0', success: true });
  opened();
  execute('snakepit.circuit_breaker.closed', {}, { pool: 'default' });
  execute('snakepit.circuit_breaker.half_open', {}, { pool: 'default' });
  execute('snakepit.circuit_breaker.call.rejected', {}, { pool: 'default', state: 'open' });
  execute(
    'snakepit.gpu.memory.sampled',
    { used_mb: 4096, total_mb: 24_576, free_mb: 20_480 },
    { device: 'cuda:0' },
  );
  execute(
    'snakepit.error.shape_mismatch',
    {},
    { operation: 'conv2d', expected: [3, 224, 224], got: [3, 256, 256] },
  );
  execute(
    'snakepit.error.oom',
    { requested_bytes: 2 ** 31, available_bytes: 1.5 * 2 ** 20 },
    { device: 'cuda:0' },
  );
  execute('snakepit.error.device', {}, { expected_device: 'cpu', actual_device: 'cuda:0' });
  execute('snakepit.retry.attempt', { attempt: 2, delay_ms: 200 }, { pool: 'default' });
  execute(
    'snakepit.retry.exhausted',
    { attempts: 3, total_duration: 0 },
    { pool: 'default', last_error: ['error', 'timeout'] },
  );
  expect(lines).toEqual([
    '[debug] Hardware detection completed in 5ms: accelerator=cuda platform=linux-x86_64',
    '[debug] Device selection: cuda:0 success=true (1234μs)',
    '[warning] Circuit breaker OPENED for pool=default: 5 failures',
    '[debug] Circuit breaker CLOSED for pool=default',
    '[debug] Circuit breaker HALF-OPEN for pool=default',
    '[warning] Circuit breaker rejected call for pool=default state=open',
    '[debug] GPU memory: 4096/24576MB (16.7%) device=cuda:0',
    '[warning] Shape mismatch in conv2d: expected [3, 224, 224], got [3, 256, 256]',
    '[error] OOM on device=cuda:0: requested 2048.0MB, available 1.5MB',
    '[warning] Device mismatch: expected cpu, got cuda:0',
    '[debug] Retry attempt 2 for pool=default after 200ms delay',
    '[error] Retries exhausted for pool=default after 3 attempts: ["error","timeout"]',
  ]);
});

test('writes the default text for an event without a line, or with a missing measurement', () => {
  const { lines, logger } = consoleLike();
  attachLogger({ logger, level: 'info' });
  execute('snakepit.hardware.cache.hit', {}, { key: 'hardware_info' });
  execute('snakepit.circuit_breaker.opened', {} as { failure_count: number }, { pool: 'default' });
  execute('snakepit.error.python_exception', {}, { type: 'ValueError', message: 'password=hunter2' });
  expect(lines).toEqual([
    '[info] Telemetry: snakepit.hardware.cache.hit measurements={} metadata={"key":"hardware_info"}',
    '[warning] Telemetry: snakepit.circuit_breaker.opened measurements={} metadata={"pool":"default"}',
    '[warning] Telemetry: snakepit.error.python_exception measurements={} metadata={"type":"ValueError"}',
  ]);
});

test('writes no events of other log groups', () => {
  const { lines, logger } = consoleLike();
  attachLogger({ logger });
  execute('snakepit.heartbeat.ping_sent', { timestamp: 0, count: 1, pings: 1 }, { worker_id: 'w1' });
  expect(lines).toEqual([]);
});

test('replaces the logger on attaching again, and detaches repeatedly', () => {
  const first = consoleLike();
  const second = consoleLike();
  attachLogger({ logger: first.logger });
  attachLogger({ logger: second.logger });
  opened();
  detachLogger();
  detachLogger();
  opened();
  expect(first.lines).toEqual([]);
  expect(second.lines).toHaveLength(1);
  expect(listHandlers()).toEqual([]);
});

test('passes fields and the ids of the active span to pino and winston', () => {
  const host = instrumentedHost();
  const records: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      records.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const operation = host.tracer.startSpan('operation');
  const { traceId, spanId } = operation.spanContext();
  for (const logger of [
    pino({ level: 'debug' }, stream),
    winston.createLogger({ level: 'debug', transports: [new winston.transports.Stream({ stream })] }),
  ]) {
    attachLogger({ logger });
    context.with(trace.setSpan(context.active(), operation), opened);
  }
  expect(records).toHaveLength(2);
  for (const record of records) {
    expect(record.msg ?? record.message).toBe('Circuit breaker OPENED for pool=default: 5 failures');
    expect(record).toMatchObject({
      event: 'snakepit.circuit_breaker.opened',
      'snakepit.pool': 'default',
      'snakepit.failure_count': 5,
      trace_id: traceId,
      span_id: spanId,
    });
    expect([40, 'warn']).toContain(record.level);
  }
});

test.each([
  ['pino', () => pino({ level: 'info' }, new Writable({ write: (_c, _e, done) => done() }))],
  [
    'winston',
    () =>
      winston.createLogger({
        level: 'info',
        transports: [
          new winston.transports.Stream({ stream: new Writable({ write: (_c, _e, done) => done() }) }),
        ],
      }),
  ],
  [
    'winston with the levels of syslog',
    () =>
      winston.createLogger({
        levels: winston.config.syslog.levels,
        level: 'warning',
        transports: [
          new winston.transports.Stream({ stream: new Writable({ write: (_c, _e, done) => done() }) }),
        ],
      }),
  ],
])(
  'reads nothing of an event whose line %s would drop, until its level changes',
  { tags: ['H21'] },
  (_name, create) => {
    const logger = create() as LoggerLike & { level: string };
    attachLogger({ logger });
    const reads: string[] = [];
    const metadata = {
      get pool() {
        reads.push('pool');
        return 'p';
      },
    };
    execute('snakepit.circuit_breaker.closed', {}, metadata);
    measured('attributes read', reads.length);
    expect(reads).toEqual([]);
    execute('snakepit.circuit_breaker.opened', { failure_count: 1 }, metadata);
    expect(reads).not.toEqual([]);
    reads.length = 0;
    logger.level = 'debug';
    execute('snakepit.circuit_breaker.closed', {}, metadata);
    expect(reads).not.toEqual([]);
  },
);

test('detaches a logger that throws, without affecting the publisher', () => {
  const { logger } = consoleLike();
  attachLogger({
    logger: {
      ...logger,
      warn: () => {
        throw new Error('disk full');
      },
    },
  });
  expect(opened).not.toThrow();
  expect(listHandlers()).toEqual([]);
});

test('rejects an invalid logger or level by name', () => {
  expect(() => attachLogger({ logger: {} as LoggerLike })).toThrow('Invalid logger');
  expect(() => attachLogger({ level: 'loud' as 'debug' })).toThrow(
    'Invalid level: "loud". Allowed: debug, info, warn, error.',
  );
});

test('a logger that rejects is detached, and its rejection does not reach the host', {
  tags: ['H2'],
}, async () => {
  const { stdout, stderr, code } = await runModule(`
    import { attachLogger, execute, listHandlers } from 'opentelemetry-instrumentation-snakepit';
    const write = async () => { throw new Error('disk full'); };
    attachLogger({ logger: { debug: write, info: write, warn: write, error: write } });
    execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 1 }, {});
    setImmediate(() => console.log(listHandlers().length));
  `);
  expect([stdout, stderr, code]).toEqual(['0\n', '', 0]);
});
