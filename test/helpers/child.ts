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
  /** Called with the stdout so far whenever there is more of it. */
  readonly onOutput?: (output: string, child: ChildProcess) => void;
  /** Runs the child in a process group of its own, as a shell does. @default false */
  readonly detached?: boolean;
}

/** The environment without variables that would make the outcome depend on who runs the tests. */
const cleanEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(OTEL|SNAKEPIT_OTEL)_|^(FORCE_COLOR|NO_COLOR)$/.test(name),
    ),
  );

/** Runs Node in the repository's root, where both built packages resolve by name. */
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

/** Runs the source of an ES module, as {@link runNode} does. */
export const runModule = (program: string, options?: ChildOptions): Promise<ChildResult> =>
  runNode(['--input-type=module', '--eval', program], options);
