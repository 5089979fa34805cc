import { hasSucceeded } from '../../../system/exit-status.js';
import { runProgram } from '../../../system/run-program.js';
import { type GpuProcess, MAX_PROCESSES } from '../../readings.js';
import { type GpuFault, GpuSourceError } from '../../source.js';
import { toSourceError } from '../to-source-error.js';
import { parseNumber } from './csv.js';
import { ADVICE } from './stream.js';

const ARGUMENTS = [
  '--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory',
  '--format=csv,noheader,nounits',
];
/**
 * How far apart runs start at least, ms. Who holds memory changes slowly; and a run that lists anew by itself prints
 * nothing while no process uses a GPU, so that it would outlive a host that was killed: no closed pipe would tell it.
 */
const PACE_MS = 10_000;
/** After this time a driver is taken to hang, ms. */
const LIMIT_MS = 10_000;
const MAX_NAME_CHARACTERS = 128;

interface Row extends GpuProcess {
  readonly uuid: string;
}

interface Run {
  giveUp(reason: GpuSourceError): void;
  readonly ended: Promise<void>;
}

/** The processes that hold memory, as short runs of nvidia-smi list them now and then. No process is no line. */
export class ProcessList {
  readonly #executable: string;
  #rows: readonly Row[] | undefined;
  #failure: GpuSourceError | undefined;
  #run: Run | undefined;
  #dueAt = -Infinity;

  constructor(executable: string) {
    this.#executable = executable;
  }

  /** Starts a run, which nobody waits for, unless one is at it or was started a short while ago. */
  refresh(): void {
    const now = performance.now();
    if (this.#run !== undefined || now < this.#dueAt) return;
    this.#dueAt = now + PACE_MS;

    const controller = new AbortController();
    const giveUp = (reason: GpuSourceError) => controller.abort(reason);
    const late = () => giveUp(new GpuSourceError('timeout', `no answer within ${LIMIT_MS} ms`));
    const timer = setTimeout(late, LIMIT_MS).unref();
    const ended = this.#ask(controller.signal).finally(() => {
      clearTimeout(timer);
      this.#run = undefined;
    });
    this.#run = { giveUp, ended };
  }

  /** The processes of a device in the last run, the largest first; `undefined` while they are not known. */
  processesOf(uuid: string): GpuProcess[] | undefined {
    return this.#rows
      ?.filter((row) => row.uuid === uuid)
      .sort((one, other) => (other.usedMib ?? 0) - (one.usedMib ?? 0))
      .slice(0, MAX_PROCESSES)
      .map(({ pid, name, usedMib }) => ({ pid, name, usedMib }));
  }

  /** Why they are not known, once for each run that failed. */
  takeFault(): GpuFault | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure && { reason: failure.reason, detail: `processes: ${failure.message}` };
  }

  /** Forgets what is known, which would be old when next asked for. Settles when nothing of a run is left running. */
  async stop(): Promise<void> {
    this.#run?.giveUp(new GpuSourceError('failed', 'stopped'));
    await this.#run?.ended;
    this.#rows = undefined;
    this.#failure = undefined;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { status: end, stdout, stderr } = await runProgram(this.#executable, ARGUMENTS, signal);
    const rows = stdout.split('\n').flatMap((line) => parseComputeApp(line) ?? []);
    const succeeded = hasSucceeded(end);
    // A lost GPU makes for an exit code; what the others hold is listed all the same.
    this.#rows = succeeded || rows.length > 0 ? rows : undefined;
    if (signal.aborted) this.#failure = signal.reason;
    // A failure is told once per wording, so there must be no readings in it.
    else if (!succeeded)
      this.#failure = toSourceError(end, stderr || (rows.length === 0 ? stdout : ''), ADVICE);
  }
}

/**
 * Reads a line of `--query-compute-apps` with the columns above. Of a process name, which may hold commas, only the
 * last part of its path is taken. `undefined` for any other line.
 */
export function parseComputeApp(line: string): Row | undefined {
  const [uuid = '', pid = '', ...rest] = line.split(',').map((field) => field.trim());
  const memory = rest.pop();
  if (memory === undefined || !/^(?:GPU|MIG)-/.test(uuid) || !/^\d{1,10}$/.test(pid)) return undefined;
  return { uuid, pid: Number(pid), name: baseName(rest.join(', ')), usedMib: parseNumber(memory) };
}

/** In brackets stands why there is no name: `[Not Found]`, `[Insufficient Permissions]`. */
function baseName(path: string): string | undefined {
  if (/^\[.*\]$/.test(path) || /^(?:-|n\/a)?$/i.test(path)) return undefined;
  return (
    path
      .split(/[/\\]/)
      .findLast((part) => part !== '')
      ?.slice(0, MAX_NAME_CHARACTERS) || undefined
  );
}
