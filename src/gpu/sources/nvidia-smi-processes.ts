import { type GpuProcess, MAX_PROCESSES } from '../reading.js';
import { type GpuFault, GpuSourceError } from '../source.js';
import { parseNumber } from './nvidia-smi-csv.js';
import { NvidiaSmiStream } from './nvidia-smi-stream.js';

const COLUMNS = 'gpu_uuid,pid,process_name,used_gpu_memory';
/** A process that was not named for this many rounds has ended; a round may take a while itself, ms. */
const CURRENT_ROUNDS = 1.5;
const ROUND_MS = 1000;
const MAX_REMEMBERED = 4096;
const MAX_NAME_CHARACTERS = 128;

interface Row extends GpuProcess {
  readonly uuid: string;
}

/** The processes that hold memory, as a looping nvidia-smi names them. No process is no line. */
export class ProcessStream {
  readonly #stream: NvidiaSmiStream;
  readonly #currentMs: number;
  readonly #rows = new Map<string, Row & { readonly at: number }>();
  #runningSince: number | undefined;
  #failure: GpuSourceError | undefined;

  constructor(executable: string, loopMs: number) {
    const args = [`--query-compute-apps=${COLUMNS}`, '--format=csv,noheader,nounits', `--loop-ms=${loopMs}`];
    this.#currentMs = loopMs * CURRENT_ROUNDS + ROUND_MS;
    this.#stream = new NvidiaSmiStream(executable, () => args, {
      line: (line) => this.#take(line),
      ended: (failure) => this.#end(failure),
    });
  }

  /** Starts it unless it runs or has ended a short while ago. */
  start(): void {
    try {
      this.#stream.start();
      this.#runningSince ??= performance.now();
    } catch (error) {
      if (!(error instanceof GpuSourceError)) throw error;
    }
  }

  /** The processes of a device, the largest first; `undefined` while they are not known. */
  processesOf(uuid: string): GpuProcess[] | undefined {
    const now = performance.now();
    for (const [key, { at }] of this.#rows) if (at < now - this.#currentMs) this.#rows.delete(key);
    const processes = [...this.#rows.values()]
      .filter((row) => row.uuid === uuid)
      .sort((one, other) => (other.usedMib ?? 0) - (one.usedMib ?? 0))
      .slice(0, MAX_PROCESSES)
      .map(({ pid, name, usedMib }) => ({ pid, name, usedMib }));
    if (processes.length > 0) return processes;
    // Silence means that there is none, once a round must have passed.
    const listened = this.#runningSince !== undefined && now - this.#runningSince > this.#currentMs;
    return listened ? [] : undefined;
  }

  /** Why they are not known, once for each time that the process ends. */
  takeFault(): GpuFault | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure && { reason: failure.code, detail: `processes: ${failure.message}` };
  }

  /** Kills it, to be started again after a pause. */
  interrupt(failure: GpuSourceError): Promise<void> {
    this.#runningSince = undefined;
    return this.#stream.interrupt(failure);
  }

  stop(): Promise<void> {
    return this.#stream.stop();
  }

  #take(line: string): boolean {
    const row = parseComputeApp(line);
    if (row === undefined) return false;
    if (this.#rows.size < MAX_REMEMBERED) {
      this.#rows.set(`${row.uuid} ${row.pid}`, { ...row, at: performance.now() });
    }
    return true;
  }

  #end(failure: GpuSourceError): boolean {
    this.#runningSince = undefined;
    this.#failure = failure;
    return false;
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
