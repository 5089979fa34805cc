import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, reportPythonError, selectDevice, span } from 'opentelemetry-instrumentation-snakepit';
import CircuitBreaker from 'opossum';
import { QueueError, WorkerPool } from './worker-pool.mjs';
import { WorkerError } from './worker-process.mjs';

const POOL = 'default';
const MODEL = Array.from({ length: 64 }, (_, i) => i / 64);
const TEBIBYTE = 2 ** 40;

/** From this request on, the model file is missing and workers fail, until a half-open breaker has opened again. */
const OUTAGE_FROM = 30;
/** Requests with a fault, by number: out of memory and a crash. In addition, every fiftieth has the wrong number of rows. */
const FAULTS = { 6: { allocate_bytes: TEBIBYTE }, 18: { crash: true } };
const faultOf = (request) => (request % 50 === 12 ? { rows: 7 } : FAULTS[request]);
/** So many requests arrive at once, after the crash and before the outage, that some do not fit in the queue, and some wait too long. */
const BURST = { from: 20, requests: 9, max_wait_ms: 10 };
/** More clients than workers, so that some requests wait in the queue. */
const WORKERS = 2;
const CLIENTS = 4;

/**
 * Serves requests of all clients until `stop` aborts.
 *
 * @param {AbortController} stop aborted here after `forMs`
 * @param {number} [forMs] ms, counted from when the workers are ready
 */
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
    // Long enough to reach the volume on a slow machine too.
    rollingCountTimeout: 5000,
    // A request that reached no worker is no failure of theirs.
    errorFilter: (error) => error instanceof QueueError,
  });
  const device = await selectDevice('auto');
  await writeFile(model, JSON.stringify(MODEL));
  if (forMs !== undefined) setTimeout(() => stop.abort(), forMs).unref();
  let requests = 0;
  const send = async (limits) => {
    const request = ++requests;
    if (request === OUTAGE_FROM) await beginOutage(model, breaker);
    const work = { command: 'predict', model, work_ms: 40, ...faultOf(request), ...limits };
    await serve(request, device, breaker, work).catch(() => {});
  };
  const client = async () => {
    while (!stop.signal.aborted) {
      const { from, requests: length, max_wait_ms } = BURST;
      if (requests + 1 === from) await Promise.all(Array.from({ length }, () => send({ max_wait_ms })));
      else await send();
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

/** Hides the model file. Events, not the clock, bring it back, so that the demo runs the same on a machine of any speed. */
async function beginOutage(model, breaker) {
  const hidden = `${model}.hidden`;
  await rename(model, hidden);
  breaker.once('halfOpen', () => breaker.once('open', () => rename(hidden, model)));
}

/** Serves one request: preprocess, infer with retries through the breaker, postprocess. */
const serve = (request, device, breaker, work) =>
  span('demo.request', { request, pool: POOL }, async () => {
    await span('demo.preprocess', { request, rows: MODEL.length }, () => sleep(5));
    const result = await span('demo.infer', { request, device, command: 'predict' }, () =>
      withRetries(breaker, work, device),
    );
    return span('demo.postprocess', { request }, () => result.score.toFixed(2));
  });

/** Makes two attempts. Reports errors of workers. Does not retry if the breaker is open. */
async function withRetries(breaker, work, device, maxAttempts = 2) {
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await breaker.fire(work);
      execute(
        'snakepit.retry.success',
        { attempts: attempt, total_duration: nsSince(started) },
        { pool: POOL },
      );
      return result;
    } catch (error) {
      if (error instanceof WorkerError) report(error, work, device);
      const lastError = error.name;
      if (!(error instanceof WorkerError) || attempt === maxAttempts) {
        const measurements = { attempts: attempt, total_duration: nsSince(started) };
        execute('snakepit.retry.exhausted', measurements, { pool: POOL, last_error: lastError });
        throw error;
      }
      execute('snakepit.retry.attempt', { attempt, delay_ms: 50 }, { pool: POOL, operation: 'predict' });
      execute('snakepit.retry.backoff', { delay_ms: 50 }, { pool: POOL, attempt });
      await sleep(50);
    }
  }
}

/** Python's MemoryError lacks the requested size, which is known here. */
function report({ name, message, traceback }, { allocate_bytes }, device) {
  if (name === 'MemoryError') {
    execute('snakepit.error.oom', { requested_bytes: allocate_bytes }, { device, operation: 'predict' });
  } else {
    reportPythonError({ type: name, message, traceback });
  }
}

const nsSince = (started) => Math.round((performance.now() - started) * 1e6);
