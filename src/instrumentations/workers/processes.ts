import type { ChildProcess } from 'node:child_process';
import { type EventEmitter, errorMonitor } from 'node:events';
import { basename } from 'node:path';
import { catchErrors } from '../../common/catch-errors.js';
import { cleanText } from '../../common/clean-text.js';
import { crashOf } from '../../common/crash-signal.js';
import { watchedProcesses } from '../../common/watched-processes.js';
import type { InstrumentedLibrary } from '../instrumented-library.js';
import { optionsOf } from '../options/active-options.js';
import { exitReason } from './exit-reason.js';
import { WorkerLifecycle } from './lifecycle.js';
import type { SpawnedWorker } from './spawned-worker.js';
import { watchChannel } from './watch-channel.js';

const MAX_NAME_LENGTH = 128;
const ACTIVITY = 'Recording a child process';
const PYTHON = /^(?:python|pypy)[\d.]*(?:\.exe)?$/i;

/** Processes of `node:child_process`. https://nodejs.org/api/diagnostics_channel.html#child-process */
export const childProcesses: InstrumentedLibrary = {
  watch: () =>
    watchChannel('child_process', 'childProcess', ({ process }) => watchProcess(process as ChildProcess)),
};

/** The message precedes the start of the process: its program and its id are known at the next event. */
function watchProcess(child: ChildProcess): void {
  const lifecycle = new WorkerLifecycle();
  const begin = (): boolean => {
    const program = programOf(child);
    const worker = { mode: 'process', program, object: child } as const;
    const { ignore = isNoPython, ...options } = optionsOf('childProcess');
    return lifecycle.begin('childProcess', { ...options, ignore }, worker, child.pid);
  };
  const onSpawn = catchErrors(ACTIVITY, () => {
    (child as EventEmitter).off(errorMonitor, onError);
    if (begin()) {
      const isPython = PYTHON.test(programOf(child) ?? '');
      lifecycle.spawned({ mode: 'process', ...(isPython && { python_pid: child.pid }) });
    } else {
      child.off('exit', onExit);
    }
  });
  // A listener of `error` itself would make the error of a host that has none a handled one.
  const onError = catchErrors(ACTIVITY, (error: unknown) => {
    child.off('spawn', onSpawn);
    child.off('exit', onExit);
    if (begin()) lifecycle.failed(error);
  });
  const onExit = catchErrors(ACTIVITY, (code: number | null, signal: NodeJS.Signals | null) => {
    const crash = watchedProcesses.has(child) ? undefined : crashOf(code, signal);
    lifecycle.ended(exitReason(code, signal), crash);
  });
  child.once('spawn', onSpawn);
  (child as EventEmitter).once(errorMonitor, onError);
  child.once('exit', onExit);
}

const isNoPython = ({ program = '' }: SpawnedWorker): boolean => !PYTHON.test(program);

const programOf = ({ spawnfile }: ChildProcess): string | undefined =>
  typeof spawnfile === 'string' ? cleanText(basename(spawnfile), MAX_NAME_LENGTH) : undefined;
