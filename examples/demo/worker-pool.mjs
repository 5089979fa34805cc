import { execute } from 'opentelemetry-instrumentation-snakepit';
import { WorkerProcess } from './worker-process.mjs';

const HEARTBEAT_MS = 1000;
const MAX_QUEUE = 4;
const MAX_WAIT_MS = 30_000;

/** A request that no worker received: the queue was full, or the wait too long. */
export class QueueError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** Worker processes behind a queue. Replaces workers that die and sends heartbeats to idle ones. */
export class WorkerPool {
  #name;
  #workers = new Map();
  #idle = [];
  #queue = [];
  #closing = false;
  #heartbeat;

  constructor(name) {
    this.#name = name;
  }

  /** Starts the workers and waits until each has answered. */
  static async open(name, size) {
    const started = performance.now();
    const pool = new WorkerPool(name);
    await Promise.all(Array.from({ length: size }, (_, i) => pool.#start(`worker_${i + 1}`)));
    execute('snakepit.pool.initialized', { duration: nsSince(started) }, { pool_name: name, size });
    pool.#heartbeat = setInterval(() => pool.#sendHeartbeats(), HEARTBEAT_MS).unref();
    return pool;
  }

  /** Sends a request to the next idle worker. @throws {QueueError | WorkerError} */
  async call({ max_wait_ms = MAX_WAIT_MS, ...request }) {
    const queued = this.#idle.length === 0;
    const id = queued ? await this.#waitForWorker(max_wait_ms) : this.#idle.shift();
    const metadata = { pool: this.#name, worker_id: id, command: request.command, queued };
    execute('snakepit.pool.call.dispatched', {}, metadata);
    this.#reportStatus();
    const worker = this.#workers.get(id);
    try {
      return await worker.request(request);
    } finally {
      if (this.#workers.get(id) === worker) this.#release(id);
    }
  }

  async close() {
    this.#closing = true;
    clearInterval(this.#heartbeat);
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
  }

  async #waitForWorker(timeout_ms) {
    const enqueuedAt = performance.now();
    const pool_name = this.#name;
    const waited = () => ({ queue_time: nsSince(enqueuedAt), queue_depth: this.#queue.length });
    if (this.#queue.length >= MAX_QUEUE) {
      const measurements = { queue_size: this.#queue.length, max_queue_size: MAX_QUEUE };
      execute('snakepit.pool.saturated', measurements, { pool: pool_name });
      throw new QueueError('QueueFull', `${MAX_QUEUE} requests wait already`);
    }
    let timer;
    const id = await new Promise((resolve, reject) => {
      this.#queue.push(resolve);
      execute('snakepit.pool.queue.enqueued', { queue_depth: this.#queue.length }, { pool_name });
      timer = setTimeout(() => {
        this.#queue = this.#queue.filter((waiting) => waiting !== resolve);
        execute('snakepit.pool.queue.timeout', waited(), { pool_name, timeout_ms });
        reject(new QueueError('QueueTimeout', `no worker within ${timeout_ms} ms`));
      }, timeout_ms);
    }).finally(() => clearTimeout(timer));
    execute('snakepit.pool.queue.dequeued', waited(), { pool_name, worker_id: id });
    return id;
  }

  #release(id) {
    const next = this.#queue.shift();
    if (next === undefined) this.#idle.push(id);
    else next(id);
    this.#reportStatus();
  }

  async #start(id, previous) {
    const worker = new WorkerProcess();
    this.#workers.set(id, worker);
    await worker.request({ command: 'ping' });
    const metadata = { pool_name: this.#name, worker_id: id, python_pid: worker.pid, mode: 'process' };
    execute('snakepit.pool.worker.spawned', { duration: nsSince(worker.startedAt) }, metadata);
    worker.ended.then((reason) => this.#replace(id, worker, reason));
    if (previous !== undefined) {
      const measurements = { downtime: nsSince(previous.endedAt), restart_count: 1 };
      execute('snakepit.pool.worker.restarted', measurements, { ...metadata, reason: previous.reason });
    }
    this.#release(id);
  }

  #replace(id, worker, reason) {
    this.#workers.delete(id);
    this.#idle = this.#idle.filter((idle) => idle !== id);
    execute(
      'snakepit.pool.worker.terminated',
      { lifetime: nsSince(worker.startedAt), total_commands: worker.commands },
      { pool_name: this.#name, worker_id: id, reason, planned: this.#closing },
    );
    if (!this.#closing) this.#start(id, { reason, endedAt: performance.now() }).catch(() => {});
  }

  /** Pings idle workers. Busy ones prove by their answers that they are alive. */
  #sendHeartbeats() {
    this.#reportStatus();
    for (const id of this.#idle.splice(0)) this.#ping(id).catch(() => {});
  }

  async #ping(worker_id) {
    const worker = this.#workers.get(worker_id);
    const sentAt = performance.now();
    execute('snakepit.heartbeat.ping_sent', { count: 1, pings: 1 }, { worker_id });
    await worker.request({ command: 'ping' });
    const latency_ms = Math.round(performance.now() - sentAt);
    execute('snakepit.heartbeat.pong_received', { count: 1, pongs: 1, latency_ms }, { worker_id });
    this.#release(worker_id);
  }

  #reportStatus() {
    const total_workers = this.#workers.size;
    const available_workers = this.#idle.length;
    execute(
      'snakepit.pool.status',
      {
        queue_depth: this.#queue.length,
        available_workers,
        busy_workers: total_workers - available_workers,
        total_workers,
      },
      { pool_name: this.#name },
    );
  }
}

const nsSince = (started) => Math.round((performance.now() - started) * 1e6);
