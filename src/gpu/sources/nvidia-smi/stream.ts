import { LineProcess } from '../../../system/line-process.js';
import type { GpuSourceError } from '../../source.js';
import { toSourceError } from '../to-source-error.js';

/** After an end without any data, the first pause before starting again, ms. */
const FIRST_PAUSE_MS = 1000;
/** The pause doubles with every further such end, up to this, ms. */
const LONGEST_PAUSE_MS = 60_000;
const MAX_WORDS = 1000;

export const ADVICE = 'it comes with the NVIDIA driver';

export interface StreamListener {
  /** Takes a line; `false` for one that is no data, which may tell why the stream ends. */
  line(line: string): boolean;
  /** It has ended without being asked to. `true` starts it again at once, `false` after a pause. */
  ended(failure: GpuSourceError): boolean;
}

type State =
  | { readonly kind: 'running'; readonly program: LineProcess }
  | { readonly kind: 'pausing'; readonly failure: GpuSourceError; readonly until: number }
  | { readonly kind: 'stopped' };

/**
 * One nvidia-smi that runs on and prints at every round. When it ends by itself it is started again, when next asked
 * for and after a pause of 1 s; without data in between, each pause is twice as long as the one before, up to 60 s.
 */
export class NvidiaSmiStream {
  readonly #executable: string;
  readonly #args: () => readonly string[];
  readonly #listener: StreamListener;
  #state: State = { kind: 'stopped' };
  #pauseMs = FIRST_PAUSE_MS;
  #words = '';

  /** @param args asked for anew at every start */
  constructor(executable: string, args: () => readonly string[], listener: StreamListener) {
    this.#executable = executable;
    this.#args = args;
    this.#listener = listener;
  }

  /**
   * Starts it unless it runs.
   *
   * @throws GpuSourceError why it ended, during the pause after that
   */
  start(): void {
    const state = this.#state;
    if (state.kind === 'running') return;
    if (state.kind === 'pausing' && performance.now() < state.until) throw state.failure;
    this.#words = '';
    const program = new LineProcess(this.#executable, this.#args(), (line) => this.#take(program, line));
    this.#state = { kind: 'running', program };
    void program.ended.then((end) => {
      if (!this.#isCurrent(program)) return;
      this.#fail(toSourceError(end, program.stderrTail || this.#words, ADVICE));
    });
  }

  /** Kills it, to be started again after a pause. Settles when nothing of it is left running. */
  async interrupt(failure: GpuSourceError): Promise<void> {
    if (this.#state.kind !== 'running') return;
    const { program } = this.#state;
    this.#pause(failure);
    await end(program);
  }

  /** Ends it. Settles when nothing of it is left running. */
  async stop(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'stopped' };
    if (state.kind === 'running') await end(state.program);
  }

  #take(program: LineProcess, line: string): void {
    if (!this.#isCurrent(program)) return;
    if (this.#listener.line(line)) this.#pauseMs = FIRST_PAUSE_MS;
    else this.#words = `${this.#words}\n${line}`.slice(-MAX_WORDS);
  }

  #fail(failure: GpuSourceError): void {
    this.#state = { kind: 'stopped' };
    if (this.#listener.ended(failure)) this.start();
    else this.#pause(failure);
  }

  #pause(failure: GpuSourceError): void {
    this.#state = { kind: 'pausing', failure, until: performance.now() + this.#pauseMs };
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #isCurrent(program: LineProcess): boolean {
    return this.#state.kind === 'running' && this.#state.program === program;
  }
}

async function end(program: LineProcess): Promise<void> {
  program.kill();
  await program.ended;
}
