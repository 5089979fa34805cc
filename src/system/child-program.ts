import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { createOwnWorker } from '../common/own-workers.js';
import type { ExitStatus } from './exit-status.js';

/** Time for which pipes are read after the program's exit, ms: a child of the program may hold them open. */
const DRAIN_MS = 100;
/** Windows has no process groups: a detached program would open a console there. */
const HAS_PROCESS_GROUPS = process.platform !== 'win32';

/**
 * A program that runs without a shell, in a process group of its own, and without keeping this process alive. The group is killed when
 * this process exits.
 */
export class ChildProgram {
  /** Settles when the program has ended and its pipes are closed. Rejects if it was not started. */
  readonly ended: Promise<ExitStatus>;
  readonly #child: ChildProcess;

  /** @throws if the arguments are invalid or no more files may be opened */
  constructor(executable: string, args: readonly string[]) {
    this.#child = createOwnWorker(() =>
      spawn(executable, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
        detached: HAS_PROCESS_GROUPS,
      }),
    );
    const kill = () => this.kill();
    process.on('exit', kill);
    this.ended = exitStatus(this.#child).finally(() => process.off('exit', kill));
    // A caller that ignores the status is not to receive an unhandled rejection.
    this.ended.catch(() => {});
    this.#child.unref();
    for (const pipe of [this.stdout, this.stderr]) {
      (pipe as Socket | undefined)?.unref();
      // A broken pipe ends like a closed one. Without a listener, the error would end this process.
      pipe?.on('error', () => {});
    }
  }

  // If this process may open no more files, there are no pipes, and the error event comes later.
  get stdout(): Readable | undefined {
    return this.#child.stdout ?? undefined;
  }

  get stderr(): Readable | undefined {
    return this.#child.stderr ?? undefined;
  }

  /** Kills the program and the processes that it has started, and stops reading. */
  kill(): void {
    // A program that was not started has no pid: a kill would then end the process group of this process.
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (HAS_PROCESS_GROUPS) process.kill(-pid, 'SIGKILL');
      else this.#child.kill('SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
    // A process that left the group may hold the pipes open.
    this.stdout?.destroy();
    this.stderr?.destroy();
  }
}

function exitStatus(child: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('exit', () => {
      const drain = () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      };
      setTimeout(drain, DRAIN_MS).unref();
    });
    child.once('close', (code, signal) => {
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal });
    });
  });
}
