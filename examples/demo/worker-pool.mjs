import { execute } from 'opentelemetry-instrumentation-snakepit';
import { WorkerProcess } from './worker-process.mjs';

const HEARTBEAT_MS = 1000;

/** Worker processes behind a queue. One that dies is replaced; one that is idle is asked for a sign of life. */
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

  /** Starts the workers, and waits until each has answered. */
  static async open(name, size) {
    const started = performance.now();
    const pool = new WorkerPool(name);
    await Promise.all(Array.from({ length: size }, (_, i) => pool.#start(`worker_${i + 1}`)));
    execute('snakepit.pool.initialized', { duration: since(started) }, { pool_name: name, size });
    pool.#heartbeat = setInterval(() => pool.#beat(), HEARTBEAT_MS).unref();
    return pool;
  }

  /** Has the next free worker answer. @throws WorkerError */
  async call(request) {
    const queued = this.#idle.length === 0;
    const id = queued ? await this.#wait() : this.#idle.shift();
    const metadata = { pool: this.#name, worker_id: id, command: request.command, queued };
    execute('snakepit.pool.call.dispatched', {}, metadata);
    this.#tellStatus();
    const worker = this.#workers.get(id);
    try {
      return await worker.ask(request);
    } finally {
      if (this.#workers.get(id) === worker) this.#release(id);
    }
  }

  async close() {
    this.#closing = true;
    clearInterval(this.#heartbeat);
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
  }

  async #wait() {
    const since = process.hrtime.bigint();
    const pool_name = this.#name;
    const id = await new Promise((next) => {
      this.#queue.push(next);
      execute('snakepit.pool.queue.enqueued', { queue_depth: this.#queue.length }, { pool_name });
    });
    const queue_time = Number(process.hrtime.bigint() - since);
    const measurements = { queue_time, queue_depth: this.#queue.length };
    execute('snakepit.pool.queue.dequeued', measurements, { pool_name, worker_id: id });
    return id;
  }

  #release(id) {
    const next = this.#queue.shift();
    if (next === undefined) this.#idle.push(id);
    else next(id);
    this.#tellStatus();
  }

  async #start(id, previous) {
    const worker = new WorkerProcess();
    this.#workers.set(id, worker);
    await worker.ask({ command: 'ping' });
    const metadata = { pool_name: this.#name, worker_id: id, python_pid: worker.pid, mode: 'process' };
    execute('snakepit.pool.worker.spawned', { duration: since(worker.startedAt) }, metadata);
    worker.ended.then((how) => this.#replace(id, worker, how));
    if (previous !== undefined) {
      const measurements = { downtime: since(previous.endedAt), restart_count: 1 };
      execute('snakepit.pool.worker.restarted', measurements, { ...metadata, reason: previous.how });
    }
    this.#release(id);
  }

  #replace(id, worker, how) {
    this.#workers.delete(id);
    this.#idle = this.#idle.filter((idle) => idle !== id);
    execute(
      'snakepit.pool.worker.terminated',
      { lifetime: since(worker.startedAt), total_commands: worker.commands },
      { pool_name: this.#name, worker_id: id, reason: how, planned: this.#closing },
    );
    if (!this.#closing) this.#start(id, { how, endedAt: performance.now() }).catch(() => {});
  }

  /** Asks who is idle; who works shows by its answers that it lives. */
  #beat() {
    this.#tellStatus();
    for (const id of this.#idle.splice(0)) this.#ping(id).catch(() => {});
  }

  async #ping(worker_id) {
    const worker = this.#workers.get(worker_id);
    const asked = performance.now();
    execute('snakepit.heartbeat.ping_sent', { count: 1, pings: 1 }, { worker_id });
    await worker.ask({ command: 'ping' });
    const latency_ms = Math.round(performance.now() - asked);
    execute('snakepit.heartbeat.pong_received', { count: 1, pongs: 1, latency_ms }, { worker_id });
    this.#release(worker_id);
  }

  #tellStatus() {
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

const since = (started) => Math.round((performance.now() - started) * 1e6);
