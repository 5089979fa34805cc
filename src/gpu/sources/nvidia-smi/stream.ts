import { LineProcess } from '../../../system/line-process.js';
import type { GpuSourceError } from '../../source.js';
import { toSourceError } from '../to-source-error.js';

/** Pause before a restart, ms. */
const INITIAL_PAUSE_MS = 1000;
/** Maximum pause. It doubles with each exit that follows no data, ms. */
const MAX_PAUSE_MS = 60_000;
const MAX_TAIL_CHARACTERS = 1000;

export const REMEDY = 'install the NVIDIA driver';

export interface StreamListener {
  /** Receives a line. Returns false if it is not data, in which case it may explain why the stream ends. */
  onLine(line: string): boolean;
  /** Called if the process exits on its own. Returns true for an immediate restart, false for one after a pause. */
  onExit(failure: GpuSourceError): boolean;
}

type State =
  | { readonly kind: 'running'; readonly program: LineProcess }
  | { readonly kind: 'pausing'; readonly failure: GpuSourceError; readonly until: number }
  | { readonly kind: 'stopped' };

/**
 * A looping nvidia-smi. If it exits on its own, the first `start()` after a pause of 1 s restarts it. Each exit without
 * data before it doubles the pause, up to 60 s.
 */
export class NvidiaSmiStream {
  readonly #executable: string;
  readonly #args: () => readonly string[];
  readonly #listener: StreamListener;
  #state: State = { kind: 'stopped' };
  #pauseMs = INITIAL_PAUSE_MS;
  /** The last lines that are not data. */
  #stdoutTail = '';

  /** @param args called at each start */
  constructor(executable: string, args: () => readonly string[], listener: StreamListener) {
    this.#executable = executable;
    this.#args = args;
    this.#listener = listener;
  }

  /**
   * Starts the process unless it is running. Returns true if it did.
   *
   * @throws GpuSourceError the reason of the last exit, during the pause
   */
  start(): boolean {
    const state = this.#state;
    if (state.kind === 'running') return false;
    if (state.kind === 'pausing' && performance.now() < state.until) throw state.failure;
    this.#stdoutTail = '';
    const program = new LineProcess(this.#executable, this.#args(), (line) => this.#receive(program, line));
    this.#state = { kind: 'running', program };
    void program.ended.then((status) => {
      if (!this.#isCurrent(program)) return;
      this.#handleExit(toSourceError(status, program.stderrTail || this.#stdoutTail, REMEDY));
    });
    return true;
  }

  get isRunning(): boolean {
    return this.#state.kind === 'running';
  }

  /** Kills the process. It can be restarted after a pause. Settles when no process is left. */
  async interrupt(failure: GpuSourceError): Promise<void> {
    if (this.#state.kind !== 'running') return;
    const { program } = this.#state;
    this.#pause(failure);
    await kill(program);
  }

  /** Kills the process. Settles when no process is left. */
  async stop(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'stopped' };
    if (state.kind === 'running') await kill(state.program);
  }

  #receive(program: LineProcess, line: string): void {
    if (!this.#isCurrent(program)) return;
    if (this.#listener.onLine(line)) this.#pauseMs = INITIAL_PAUSE_MS;
    else this.#stdoutTail = `${this.#stdoutTail}\n${line}`.slice(-MAX_TAIL_CHARACTERS);
  }

  #handleExit(failure: GpuSourceError): void {
    this.#state = { kind: 'stopped' };
    if (this.#listener.onExit(failure)) this.start();
    else this.#pause(failure);
  }

  #pause(failure: GpuSourceError): void {
    this.#state = { kind: 'pausing', failure, until: performance.now() + this.#pauseMs };
    this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS);
  }

  #isCurrent(program: LineProcess): boolean {
    return this.#state.kind === 'running' && this.#state.program === program;
  }
}

async function kill(program: LineProcess): Promise<void> {
  program.kill();
  await program.ended;
}
