import { execute } from 'opentelemetry-instrumentation-snakepit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { measured } from '../../../test/helpers/measured.js';
import { MAX_BYTES } from '../../src/page/store/limits.js';
import { sampleGpu } from '../helpers/gpu-events.js';
import { startPage } from '../helpers/page.js';

const HOURS = 8;
/** Hours at the end that have 50 events a second; those before have 5, which fill every list as well. */
const BUSY_HOURS = 2;
/** Time between samples, s. */
const STEP = 10;
const STEPS = (HOURS * 3600) / STEP;
/** Events of a round. */
const ROUND = 5;

const heapUsed = () => {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
};

test('eight hours of samples, the last two with 50 events a second, take at most 32 MB, which stops growing', {
  timeout: 600_000,
}, async () => {
  const { enableGc } = await import('../helpers/enable-gc.js');
  enableGc();
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { store, tracer, snapshot } = await startPage({ includeSensitive: true });
  // As if somebody looked on.
  store.changes.isRecording = true;
  const before = heapUsed();
  const traceback = `Traceback (most recent call last):\n${'  File "/app/worker.py", line 88, in generate\n'.repeat(100)}`;
  const hours: number[] = [];
  let count = 0;
  for (let step = 0; step < STEPS; step++) {
    await sampleGpu(0, { used: step, processes: [[step, 'p', 5]] });
    const perSecond = step < STEPS - (BUSY_HOURS * 3600) / STEP ? 5 : 50;
    const rounds = (perSecond * STEP) / ROUND;
    for (let i = 0; i < rounds; i++) {
      vi.setSystemTime(Date.now() + (STEP * 1000) / rounds);
      count++;
      const root = tracer.startSpan(`request ${count}`, { attributes: { prompt: `${count} `.repeat(50) } });
      const metadata = {
        type: `E${count % 997}Error`,
        message: `${count}`,
        ...(i === 0 ? { traceback } : {}),
      };
      execute('snakepit.error.python_exception', {}, metadata);
      execute('snakepit.circuit_breaker.opened', { failure_count: count }, { pool: `pool-${count % 500}` });
      execute(
        'snakepit.pool.queue.enqueued',
        { queue_depth: 1, system_time: 1 },
        { pool_name: `p${count % 300}`, correlation_id: `${count}` },
      );
      execute(
        'snakepit.pool.worker.spawned',
        { duration: 1, system_time: 1 },
        { pool_name: 'p', worker_id: `w_${count}`, python_pid: count },
      );
      root.end();
    }
    if (step % 6 === 0) store.trim(Date.now());
    if (step % (STEPS / HOURS) === STEPS / HOURS - 1) hours.push(heapUsed() - before);
  }
  measured('memory of the page after 8 h', hours.at(-1) ?? 0, 'bytes');
  expect(store.bytes).toBeLessThan(MAX_BYTES);
  expect(hours.at(-1)).toBeLessThan(MAX_BYTES);
  // Ten times the events take no more memory, and neither does another hour of them.
  expect((hours.at(-1) ?? 0) - (hours[1] ?? 0)).toBeLessThan(2 * 1024 * 1024);
  expect((hours.at(-1) ?? 0) - (hours.at(-2) ?? 0)).toBeLessThan(1024 * 1024);
  const { traces, errors, breakers, pools, gpus } = await snapshot('1h');
  expect([traces.length, errors.length, breakers.length, pools.length, gpus.length]).toEqual([
    200, 200, 200, 200, 1,
  ]);
});

test('large spans and errors push out older ones below the limit', async () => {
  const { store, tracer } = await startPage({ includeSensitive: true });
  for (let i = 0; i < 400; i++) {
    tracer.startActiveSpan(`large ${i}`, (root) => {
      const attributes = Object.fromEntries(
        Array.from({ length: 60 }, (_, key) => [`key-${key}`, 'ü word '.repeat(150)]),
      );
      for (let child = 0; child < 4; child++) tracer.startSpan('child', { attributes }).end();
      root.end();
    });
    if (i % 50 === 0) store.trim(Date.now());
  }
  store.trim(Date.now());
  measured('bytes of large spans', store.bytes, 'bytes');
  expect(store.bytes).toBeLessThanOrEqual(MAX_BYTES);
  expect(store.traces.heads.at(-1)?.name).toBe('large 399');
});

test('large spans take no more memory than the limit while nobody looks on', async () => {
  const { store, tracer } = await startPage();
  const attributes = { prompt: Array.from({ length: 16 }, () => 'words'.repeat(200)) };
  for (let i = 0; i < 2500; i++) {
    tracer.startSpan(`large ${i}`, { attributes }).end();
    if (store.bytes > MAX_BYTES) break;
  }
  expect(store.bytes).toBeLessThanOrEqual(MAX_BYTES);
  const child = { attributes };
  tracer.startActiveSpan('root', (root) => {
    for (let i = 0; i < 2500; i++) tracer.startSpan('child', child).end();
    root.end();
  });
  expect(store.bytes).toBeLessThanOrEqual(MAX_BYTES);
});

test('a snapshot of 16 GPUs over an hour is small and is built in short turns', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { get } = await startPage();
  for (let second = 0; second < 3600; second++) {
    vi.setSystemTime(Date.now() + 1000);
    // Each GPU once in five seconds.
    for (let gpu = second % 5; gpu < 16; gpu += 5) {
      const used = 40_000 + Math.round(20_000 * Math.sin(second / 50 + gpu));
      await sampleGpu(gpu, { used, watts: 300 + (second % 100) });
    }
  }
  const plain = await (await get('/api/v1/snapshot?range=1h', { 'accept-encoding': 'identity' })).text();
  const packed = await get('/api/v1/snapshot?range=1h', { 'accept-encoding': 'gzip' });
  const gzipBytes = Number(packed.headers.get('content-length'));
  await packed.arrayBuffer();
  measured('snapshot of 16 GPUs × 1 h', plain.length, 'bytes');
  measured('snapshot of 16 GPUs × 1 h, compressed', gzipBytes, 'bytes');
  const { gpus } = JSON.parse(plain);
  expect(gpus).toHaveLength(16);
  expect(gpus[0].series.mean.memory.length).toBeLessThanOrEqual(720);
  expect(plain.length).toBeLessThan(900_000);
  expect(gzipBytes).toBeLessThan(300_000);
});
