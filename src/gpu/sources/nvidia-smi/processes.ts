import { hasSucceeded } from '../../../system/exit-status.js';
import { runProgram } from '../../../system/run-program.js';
import { type GpuProcess, MAX_PROCESSES } from '../../readings.js';
import { type GpuFault, GpuSourceError } from '../../source.js';
import { toSourceError } from '../to-source-error.js';
import { parseNumber } from './csv.js';
import { REMEDY } from './stream.js';

const ARGUMENTS = [
  '--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory',
  '--format=csv,noheader,nounits',
];
/**
 * Minimum time between the starts of two runs, ms. Processes change slowly. A looping nvidia-smi is no alternative: it
 * prints nothing while no process uses a GPU, so that no closed pipe would end it after the host was killed.
 */
const MIN_INTERVAL_MS = 10_000;
const MAX_NAME_CHARACTERS = 128;

interface ComputeApp extends GpuProcess {
  /** UUID of the GPU or MIG device. */
  readonly uuid: string;
}

interface Run {
  abort(reason: GpuSourceError): void;
  readonly ended: Promise<void>;
}

/** The processes that hold GPU memory, listed by short runs of nvidia-smi. */
export class ProcessList {
  readonly #timeoutMs: number;
  #apps: readonly ComputeApp[] | undefined;
  #failure: GpuSourceError | undefined;
  #run: Run | undefined;
  #dueAt = -Infinity;

  /** @param timeoutMs time limit of a run, ms */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Starts a run in the background, unless one is running or was started a short while ago.
   *
   * @param executable path of nvidia-smi
   */
  refresh(executable: string): void {
    const now = performance.now();
    if (this.#run !== undefined || now < this.#dueAt) return;
    this.#dueAt = now + MIN_INTERVAL_MS;

    const controller = new AbortController();
    const abort = (reason: GpuSourceError) => controller.abort(reason);
    const onTimeout = () => abort(new GpuSourceError('timeout', `no answer within ${this.#timeoutMs} ms`));
    const timer = setTimeout(onTimeout, this.#timeoutMs).unref();
    const ended = this.#list(executable, controller.signal).finally(() => {
      clearTimeout(timer);
      this.#run = undefined;
    });
    this.#run = { abort, ended };
  }

  /** Returns the processes of a device in the last run, the largest first; `undefined` if they are unknown. */
  processesOf(uuid: string): GpuProcess[] | undefined {
    return this.#apps
      ?.filter((app) => app.uuid === uuid)
      .sort((one, other) => (other.usedMib ?? 0) - (one.usedMib ?? 0))
      .slice(0, MAX_PROCESSES)
      .map(({ pid, name, usedMib }) => ({ pid, name, usedMib }));
  }

  /** Returns the fault of the last run if it failed, once. */
  takeFault(): GpuFault | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure && { reason: failure.reason, detail: `processes: ${failure.message}` };
  }

  /** Kills a run and clears the list. Settles when no process is left. */
  async stop(): Promise<void> {
    this.#run?.abort(new GpuSourceError('failed', 'stopped'));
    await this.#run?.ended;
    this.#apps = undefined;
    this.#failure = undefined;
  }

  async #list(executable: string, signal: AbortSignal): Promise<void> {
    const { status, stdout, stderr } = await runProgram(executable, ARGUMENTS, signal);
    const apps = stdout.split('\n').flatMap((line) => parseComputeApp(line) ?? []);
    const succeeded = hasSucceeded(status);
    // A lost GPU causes a non-zero exit code, although the processes of the others are listed.
    this.#apps = succeeded || apps.length > 0 ? apps : undefined;
    if (signal.aborted) this.#failure = signal.reason;
    else if (!succeeded) {
      // A fault is logged once per message, so the message must not contain readings.
      const output = stderr || (apps.length === 0 ? stdout : '');
      this.#failure = toSourceError(status, output, REMEDY);
    }
  }
}

/**
 * Parses a line of `--query-compute-apps` with the columns above; returns `undefined` for any other line. A process name
 * may contain commas, and is shortened to the last part of its path.
 */
export function parseComputeApp(line: string): ComputeApp | undefined {
  const [uuid = '', pid = '', ...rest] = line.split(',').map((field) => field.trim());
  const memory = rest.pop();
  if (memory === undefined || !/^(?:GPU|MIG)-/.test(uuid) || !/^\d{1,10}$/.test(pid)) return undefined;
  return { uuid, pid: Number(pid), name: baseName(rest.join(', ')), usedMib: parseNumber(memory) };
}

/** Returns `undefined` for a placeholder: `[Not Found]`, `[Insufficient Permissions]`, `-`. */
function baseName(path: string): string | undefined {
  if (/^\[.*\]$/.test(path) || /^(?:-|n\/a)?$/i.test(path)) return undefined;
  return (
    path
      .split(/[/\\]/)
      .findLast((part) => part !== '')
      ?.slice(0, MAX_NAME_CHARACTERS) || undefined
  );
}
