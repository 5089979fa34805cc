import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Python where there is one, Node otherwise. */
export const runtime =
  spawnSync('python3', ['--version']).status === 0
    ? { name: 'python3', command: 'python3', args: [script('./worker.py')] }
    : { name: 'node', command: process.execPath, args: [script('./worker.mjs')] };

/** What a worker answered instead of a result. */
export class WorkerError extends Error {
  constructor({ type, message, traceback }) {
    super(message || type);
    this.name = type;
    this.traceback = traceback;
  }
}

/** Starts a worker process for one request and returns its result; an error that it raised is thrown. */
export async function callWorker(request) {
  const child = spawn(runtime.command, runtime.args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(request));
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((done) => child.once('exit', done));
  if (output === '') {
    throw new WorkerError({
      type: 'WorkerCrash',
      message: `worker ended by ${child.signalCode ?? child.exitCode}`,
    });
  }
  const { result, error } = JSON.parse(output);
  if (error !== undefined) throw new WorkerError(error);
  return result;
}
