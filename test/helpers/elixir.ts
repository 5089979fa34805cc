import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { builtOnce } from '../../scripts/backends/cache.mjs';

const run = promisify(execFile);

export const REPORTER = 'producers/elixir/snakepit_otel_reporter.ex';
/** Stand-in for the library `:telemetry`. */
const TELEMETRY = 'test/fakes/telemetry/telemetry.ex';

const version = spawnSync('elixir', ['--version'], { encoding: 'utf8' });

/** Reason for which tests with Elixir are skipped; `undefined` if they run. CI treats tests skipped for this as failed. */
export const noElixir =
  version.status === 0 ? undefined : 'elixir is not installed (Debian: apt-get install elixir)';

/** Compiles the reporter, and fails on warnings. Each version is compiled once. Returns the folder of the compiled files. */
export function compiledReporter(): Promise<string> {
  const sources = [REPORTER, TELEMETRY].map((file) => readFileSync(file, 'utf8'));
  const recipe = [version.stdout, ...sources].join('\n');
  return builtOnce('elixir-reporter', recipe, async (into) => {
    await mkdir(into, { recursive: true });
    await run('elixirc', ['-o', into, TELEMETRY]);
    await run('elixirc', ['--warnings-as-errors', '-pa', into, '-o', into, REPORTER]);
  });
}

const PRELUDE = `
:telemetry.start()
start = fn options -> Supervisor.start_link([{SnakepitOtel.Reporter, options}], strategy: :one_for_one) end
emit = fn event, measurements, metadata ->
  :telemetry.execute(Enum.map(String.split(event, "."), &String.to_atom/1), measurements, metadata)
end
emit_many = fn range ->
  for n <- range, do: :telemetry.execute([:snakepit, :session, :created], %{count: 1}, %{session_id: "s", n: n})
end
await = fn -> IO.gets("") end
`;

/**
 * Defines `call.(correlation_id)`, which emits the events of a call of Snakepit and of its tool in Python. For {@link runElixir}, after
 * `start.(…)`.
 */
export const DEFINE_CALL = `
tool = fn event, measurements, id ->
  emit.("snakepit.python.tool.execution." <> event, measurements, %{
    tool: "embed", correlation_id: id, worker_id: "default_worker_1_690", pool_name: Snakepit.Pool,
    timestamp_ns: System.system_time(:nanosecond)
  })
end
call = fn id ->
  metadata = %{
    command: "embed", correlation_id: id, pool: Snakepit.Pool, worker_id: "default_worker_1_690",
    worker_pid: self(), telemetry_span_context: make_ref()
  }
  started = System.system_time(:nanosecond)
  emit.("snakepit.grpc_worker.execute.start", %{system_time: started, monotonic_time: 1}, metadata)
  Process.sleep(5)
  tool_started = System.system_time(:nanosecond)
  tool.("start", %{system_time: tool_started}, id)
  Process.sleep(5)
  tool.("stop", %{duration: System.system_time(:nanosecond) - tool_started}, id)
  Process.sleep(5)
  duration = System.system_time(:nanosecond) - started
  emit.("snakepit.grpc_worker.execute.stop", %{duration: duration, executions: 1}, Map.put(metadata, :status, :ok))
end
`;

/** A running Elixir program. */
export interface ElixirProgram {
  /** Lines of its standard output so far. */
  readonly lines: readonly string[];
  readonly process: ChildProcess;
  /** Continues the program, which waits in \`await.()\`. */
  continue(): void;
  /** Resolves when the program has printed the line. Rejects if it ends without. */
  printed(line: string): Promise<void>;
  /** Resolves with the exit code and the standard error. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/**
 * Runs a program with the compiled reporter and these functions: `start.(options)` starts it in a supervision tree,
 * `emit.(event, measurements, metadata)` emits an event, `emit_many.(range)` emits numbered ones, `await.()` waits for
 * {@link ElixirProgram.continue}. The process is killed at the end of the test.
 */
export async function runElixir(program: string): Promise<ElixirProgram> {
  const folder = await compiledReporter();
  const child = spawn('elixir', ['-pa', folder, '-e', PRELUDE + program], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let stderr = '';
  let changed = () => {};
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    changed();
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stderr }));
  });
  return {
    lines,
    process: child,
    continue: () => void child.stdin.write('\n'),
    printed: (line) =>
      new Promise((resolve, reject) => {
        changed = () => lines.includes(line) && resolve();
        changed();
        void ended.then(() => reject(new Error(`ended without "${line}": ${lines.join('\n')}\n${stderr}`)));
      }),
    ended,
  };
}
