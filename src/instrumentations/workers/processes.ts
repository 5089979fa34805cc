import type { ChildProcess } from 'node:child_process';
import { catchErrors } from '../../common/catch-errors.js';
import { crashOf } from '../../common/crash-signal.js';
import { watchedProcesses } from '../../common/watched-processes.js';
import type { InstrumentedLibrary } from '../instrumented-library.js';
import { optionsOf } from '../options/active-options.js';
import { observeEvents } from '../patching/observe-events.js';
import { isPython } from '../python/python-program.js';
import { exitReason } from './exit-reason.js';
import { WorkerLifecycle } from './lifecycle.js';
import { processProgram } from './process-program.js';
import type { SpawnedWorker } from './spawned-worker.js';
import { watchChannel } from './watch-channel.js';

const ACTIVITY = 'Recording a child process';

/** Processes of `node:child_process`. https://nodejs.org/api/diagnostics_channel.html#child-process */
export const childProcesses: InstrumentedLibrary = {
  watch: () =>
    watchChannel('child_process', 'childProcess', ({ process }) => watchProcess(process as ChildProcess)),
};

/** The message precedes the start of the process: its program and its id are known at the next event. */
function watchProcess(child: ChildProcess): void {
  const lifecycle = new WorkerLifecycle();
  const begin = (): boolean => {
    const program = processProgram(child);
    const worker = { mode: 'process', program, object: child } as const;
    const { ignore = isNoPython, ...options } = optionsOf('childProcess');
    return lifecycle.begin('childProcess', { ...options, ignore }, worker, child.pid);
  };
  const stop = observeEvents(
    child,
    new Map<unknown, (...args: never[]) => void>([
      [
        'spawn',
        catchErrors(ACTIVITY, () => {
          if (!begin()) {
            stop();
            return;
          }
          const python_pid = isPython(processProgram(child) ?? '') ? child.pid : undefined;
          lifecycle.spawned({ mode: 'process', ...(python_pid !== undefined && { python_pid }) });
        }),
      ],
      [
        'error',
        catchErrors(ACTIVITY, (error: unknown) => {
          // The abort of a process that has started is an error too.
          if (child.pid !== undefined) return;
          stop();
          if (begin()) lifecycle.failed(error);
        }),
      ],
      [
        'exit',
        catchErrors(ACTIVITY, (code: number | null, signal: NodeJS.Signals | null) => {
          stop();
          const crash = watchedProcesses.has(child) ? undefined : crashOf(code, signal);
          lifecycle.ended(exitReason(code, signal), crash);
        }),
      ],
    ]),
  );
}

const isNoPython = ({ program = '' }: SpawnedWorker): boolean => !isPython(program);
