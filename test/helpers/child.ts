import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface ChildResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly onOutput?: (output: string, child: ChildProcess) => void;
  /** Of a process group of its own, as a shell starts it. */
  readonly detached?: boolean;
}

/** Variables of whoever runs the tests must not decide their outcome. */
const cleanEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OTEL|SNAKEPIT_OTEL)_/.test(name)));

/** Runs Node with the built package at hand. Give a file's path, or `--eval` and a program, as arguments. */
export function runNode(
  args: readonly string[],
  { env, onOutput, detached }: ChildOptions = {},
): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...cleanEnvironment(), ...env },
      detached,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      onOutput?.(stdout, child);
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
}

/** Runs an ES module given as text. */
export const runModule = (program: string, options?: ChildOptions): Promise<ChildResult> =>
  runNode(['--input-type=module', '--eval', program], options);
