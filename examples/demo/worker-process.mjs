import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Python where there is one, Node otherwise. */
export const runtime =
  spawnSync('python3', ['--version']).status === 0
    ? { name: 'python3', command: 'python3', args: [script('./worker.py')] }
    : { name: 'node', command: process.execPath, args: [script('./worker.mjs')] };

/** What a worker answered instead of a result, or how it ended. */
export class WorkerError extends Error {
  constructor({ type, message, traceback }) {
    super(message || type);
    this.name = type;
    this.traceback = traceback;
  }
}

/** A worker process that answers one request after the other: a line of JSON in, a line of JSON out. */
export class WorkerProcess {
  // Detached from the terminal, whose Ctrl-C is for the demo: a worker ends when its input does.
  #child = spawn(runtime.command, runtime.args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  #answer;
  /** Settles when the process has ended. */
  ended = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(signal ?? code)));
  startedAt = performance.now();
  commands = 0;

  constructor() {
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#settle(JSON.parse(line)));
    // Writing to a worker that has just died; `ended` tells.
    this.#child.stdin.on('error', () => {});
    this.ended.then((how) =>
      this.#settle({ error: { type: 'WorkerCrash', message: `worker ended by ${how}` } }),
    );
  }

  get pid() {
    return this.#child.pid;
  }

  /** @throws WorkerError */
  async ask(request) {
    this.commands += 1;
    const { result, error } = await new Promise((resolve) => {
      this.#answer = resolve;
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (error !== undefined) throw new WorkerError(error);
    return result;
  }

  /** Lets it end, as its input does. */
  close() {
    this.#child.stdin.end();
    return this.ended;
  }

  #settle(answer) {
    this.#answer?.(answer);
    this.#answer = undefined;
  }
}
