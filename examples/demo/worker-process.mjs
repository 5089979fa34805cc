import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Python if it is on PATH, else Node. */
export const runtime =
  spawnSync('python3', ['--version']).status === 0
    ? { name: 'python3', command: 'python3', args: [script('./worker.py')] }
    : { name: 'node', command: process.execPath, args: [script('./worker.mjs')] };

/** An error that a worker answered with, or the end of its process. */
export class WorkerError extends Error {
  constructor({ type, message, traceback }) {
    super(message || type);
    this.name = type;
    this.traceback = traceback;
  }
}

/** A worker process. Answers one request at a time: a line of JSON in, a line of JSON out. */
export class WorkerProcess {
  // In a process group of its own, so that Ctrl-C reaches the demo alone. A worker ends at the end of its input.
  #child = spawn(runtime.command, runtime.args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  #resolve;
  /** Resolves to the exit code or signal when the process has ended. */
  ended = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(signal ?? code)));
  startedAt = performance.now();
  commands = 0;

  constructor() {
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#settle(JSON.parse(line)));
    // Writing to a worker that has just died fails; `ended` reports its death.
    this.#child.stdin.on('error', () => {});
    this.ended.then((reason) =>
      this.#settle({ error: { type: 'WorkerCrash', message: `worker ended with ${reason}` } }),
    );
  }

  get pid() {
    return this.#child.pid;
  }

  /** Sends a request and returns the result. @throws {WorkerError} */
  async request(request) {
    this.commands += 1;
    const { result, error } = await new Promise((resolve) => {
      this.#resolve = resolve;
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (error !== undefined) throw new WorkerError(error);
    return result;
  }

  /** Ends the worker's input and waits until the process has ended. */
  close() {
    this.#child.stdin.end();
    return this.ended;
  }

  #settle(answer) {
    this.#resolve?.(answer);
    this.#resolve = undefined;
  }
}
