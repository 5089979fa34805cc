import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, reportPythonError, selectDevice, span } from 'opentelemetry-instrumentation-snakepit';
import CircuitBreaker from 'opossum';
import { WorkerPool } from './worker-pool.mjs';
import { WorkerError } from './worker-process.mjs';

const POOL = 'default';
const MODEL = Array.from({ length: 64 }, (_, i) => i / 64);
const TEBIBYTE = 2 ** 40;

/** From this request on the model file is missing, until the breaker has probed in vain: workers fail for real then. */
const OUTAGE_FROM = 30;
/** Requests that fail for a reason of their own, by number; every fiftieth has the wrong number of rows. */
const SPECIAL = { 6: { allocate_bytes: TEBIBYTE }, 18: { crash: true } };
const special = (request) => (request % 50 === 12 ? { rows: 7 } : SPECIAL[request]);
/** More clients than workers, so that some requests wait in the queue. */
const WORKERS = 2;
const CLIENTS = 4;

/** Serves the requests of all clients until it is told to stop, or for so long, once the workers are there. */
export async function runWorkload(stop, forMs) {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-demo-'));
  const model = join(folder, 'model.json');
  const workers = await WorkerPool.open(POOL, WORKERS);
  const breaker = new CircuitBreaker((work) => workers.call(work), {
    name: POOL,
    timeout: false,
    resetTimeout: 1000,
    volumeThreshold: 10,
    errorThresholdPercentage: 50,
    // Long enough for the volume on a slow machine too.
    rollingCountTimeout: 5000,
  });
  const device = await selectDevice('auto');
  await writeFile(model, JSON.stringify(MODEL));
  if (forMs !== undefined) setTimeout(() => stop.abort(), forMs).unref();
  let requests = 0;
  const client = async () => {
    while (!stop.signal.aborted) {
      const request = ++requests;
      if (request === OUTAGE_FROM) await beginOutage(model, breaker);
      const work = { command: 'predict', model, work_ms: 40, ...special(request) };
      await serve(request, device, breaker, work).catch(() => {});
      await sleep(100, undefined, { signal: stop.signal }).catch(() => {});
    }
  };

  try {
    await Promise.all(Array.from({ length: CLIENTS }, client));
  } finally {
    breaker.shutdown();
    await workers.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Follows what happens, not the clock, so that the demo tells the same story on a machine of any speed. */
async function beginOutage(model, breaker) {
  const away = `${model}.away`;
  await rename(model, away);
  breaker.once('halfOpen', () => breaker.once('open', () => rename(away, model)));
}

/** One request: prepare, infer with retries through the breaker, postprocess. */
const serve = (request, device, breaker, work) =>
  span('demo.request', { request, pool: POOL }, async () => {
    await span('demo.preprocess', { rows: MODEL.length }, () => sleep(5));
    const result = await span('demo.infer', { device, command: 'predict' }, () =>
      withRetries(breaker, work, device),
    );
    return span('demo.postprocess', () => result.score.toFixed(2));
  });

/** Two attempts; what the worker raised is reported, and an open breaker is not tried again. */
async function withRetries(breaker, work, device, maxAttempts = 2) {
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await breaker.fire(work);
      execute(
        'snakepit.retry.success',
        { attempts: attempt, total_duration: since(started) },
        { pool: POOL },
      );
      return result;
    } catch (error) {
      if (error instanceof WorkerError) report(error, work, device);
      const lastError = error.name;
      if (!(error instanceof WorkerError) || attempt === maxAttempts) {
        const measurements = { attempts: attempt, total_duration: since(started) };
        execute('snakepit.retry.exhausted', measurements, { pool: POOL, last_error: lastError });
        throw error;
      }
      execute('snakepit.retry.attempt', { attempt, delay_ms: 50 }, { pool: POOL, operation: 'predict' });
      execute('snakepit.retry.backoff', { delay_ms: 50 }, { pool: POOL, attempt });
      await sleep(50);
    }
  }
}

/** Python's MemoryError does not say how much was asked for; the one who asked knows. */
function report({ name, message, traceback }, { allocate_bytes }, device) {
  if (name === 'MemoryError') {
    execute('snakepit.error.oom', { requested_bytes: allocate_bytes }, { device, operation: 'predict' });
  } else {
    reportPythonError({ type: name, message, traceback });
  }
}

const since = (started) => Math.round((performance.now() - started) * 1e6);
