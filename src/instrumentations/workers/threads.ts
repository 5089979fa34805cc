import type { Worker } from 'node:worker_threads';
import { catchErrors } from '../../common/catch-errors.js';
import { cleanText } from '../../common/clean-text.js';
import type { InstrumentedLibrary } from '../instrumented-library.js';
import { optionsOf } from '../options/active-options.js';
import { observeEvents } from '../patching/observe-events.js';
import { exitReason } from './exit-reason.js';
import { WorkerLifecycle } from './lifecycle.js';
import { watchChannel } from './watch-channel.js';

const MAX_NAME_LENGTH = 128;
const ACTIVITY = 'Recording a thread';

/** Threads of `node:worker_threads`. https://nodejs.org/api/diagnostics_channel.html#worker-thread */
export const workerThreads: InstrumentedLibrary = {
  watch: () => watchChannel('worker_threads', 'workerThreads', ({ worker }) => watchThread(worker as Worker)),
};

/** Returns true for a thread of Node itself, such as that of the hooks of `module.register()`: it has a method that others have not. */
const isInternal = (thread: Worker): boolean => 'receiveMessageSync' in thread;

function watchThread(thread: Worker): void {
  if (isInternal(thread)) return;
  // The name is reported from Node 24 on. The id is -1 after the end.
  const { threadId, threadName } = thread as Worker & { readonly threadName?: unknown };
  const program =
    typeof threadName === 'string' && threadName !== '' && threadName !== 'WorkerThread'
      ? cleanText(threadName, MAX_NAME_LENGTH)
      : undefined;
  const lifecycle = new WorkerLifecycle();
  const worker = { mode: 'thread', program, object: thread } as const;
  if (!lifecycle.begin('workerThreads', optionsOf('workerThreads'), worker, threadId)) return;
  let uncaught: { readonly error: unknown } | undefined;
  const stop = observeEvents(
    thread,
    new Map<unknown, (...args: never[]) => void>([
      ['online', catchErrors(ACTIVITY, () => lifecycle.spawned({ mode: 'thread' }))],
      [
        'error',
        (error: unknown) => {
          uncaught ??= { error };
        },
      ],
      [
        'exit',
        catchErrors(ACTIVITY, (code: number) => {
          stop();
          if (uncaught === undefined) lifecycle.ended(exitReason(code, null));
          else lifecycle.ended(uncaught.error, { reason: uncaught.error, exit_code: code });
        }),
      ],
    ]),
  );
}
