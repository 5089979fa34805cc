import type { ChildProcess } from 'node:child_process';
import { type Span, SpanKind } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { errorClass } from '../../common/error-class.js';
import { watchedProcesses } from '../../common/watched-processes.js';
import { ATTR_PROCESS_EXECUTABLE_NAME, ATTR_PROCESS_EXIT_CODE, ATTR_PROCESS_PID } from '../../semconv.js';
import { type LibraryOperation, operationEvents, startOperation } from '../operations/library-operation.js';
import { optionsOf, spanMaxAgeMs } from '../options/active-options.js';
import type { LibraryOptions } from '../options/library-options.js';
import { objectName } from '../options/object-name.js';
import { observeEvents } from '../patching/observe-events.js';
import { exitReason } from '../workers/exit-reason.js';
import { processProgram } from '../workers/process-program.js';
import { workerPool } from '../workers/worker-pool.js';
import type { PythonCall, PythonExit } from './python-call.js';
import { isPython } from './python-program.js';

const ACTIVITY = 'Recording a Python process';
const ABORT_ERROR = 'AbortError';
/** Cause of an `AbortError` of `AbortSignal.timeout()`. */
const TIMEOUT_ERROR = 'TimeoutError';
const EVENTS = operationEvents('snakepit.python.call');

/** Abortion of a process by the signal of its options. */
interface Abort {
  readonly error: unknown;
  readonly isTimeout: boolean;
}

/** A Python process: its span, and its events unless it reports them itself. */
export class PythonProcess {
  /** The span; one that is not recorded if there is none. */
  readonly span: Span;
  readonly #options: LibraryOptions<PythonCall, object>;
  readonly #operation: LibraryOperation;
  #command: string;

  /** Starts the span, in the active context. */
  constructor(call: PythonCall, options: LibraryOptions<PythonCall, object>) {
    this.#options = options;
    this.#command = call.script;
    this.#operation = startOperation({
      library: 'python',
      options,
      spanName: `python ${call.script}`,
      kind: SpanKind.CLIENT,
      attributes: { [ATTR_PROCESS_EXECUTABLE_NAME]: call.program },
      metadata: {},
      info: call,
    });
    this.span = this.#operation.span;
  }

  /** Records a process whose start was requested, until its end. */
  watch(child: ChildProcess): void {
    let abort: Abort | undefined;
    const onError = catchErrors(ACTIVITY, (error: unknown) => {
      if (child.pid === undefined) {
        stop();
        this.#publishStart(child);
        this.fail(error);
      } else if (errorClass(error) === ABORT_ERROR) {
        abort ??= { error, isTimeout: errorClass(Object(error).cause) === TIMEOUT_ERROR };
      }
    });
    const onExit = catchErrors(ACTIVITY, (code: number | null, signal: NodeJS.Signals | null) => {
      stop();
      this.#end({ code, signal }, abort);
    });
    const stopObserving = observeEvents(
      child,
      new Map<unknown, (...args: never[]) => void>([
        ['spawn', catchErrors(ACTIVITY, () => this.#publishStart(child))],
        ['error', onError],
        ['exit', onExit],
      ]),
    );
    // A long-lived worker is no call. Its span would have the time of the process, and be exported only when that ends.
    const timer = setTimeout(() => {
      stop();
      this.expire();
    }, spanMaxAgeMs());
    timer.unref();
    const stop = () => {
      clearTimeout(timer);
      stopObserving();
    };
    this.#describe(child);
  }

  /** Ends the span of a process that continues, or that cannot be observed. */
  expire(): void {
    this.#operation.expire();
  }

  /** Records a process that did not start. */
  fail(error: unknown): void {
    const type = errorClass(Object(error).code) ?? errorClass(error) ?? 'Error';
    this.#operation.fail(error, {
      type,
      attributes: {},
      metadata: { error_type: type, error_category: 'worker_error' },
    });
  }

  /** Adds what is known once the process has been started: its name and its id. */
  #describe(child: ChildProcess): void {
    const name = objectName('python', this.#options, child);
    if (name !== undefined) {
      this.#command = name;
      this.span.updateName(`python ${name}`);
    }
    if (child.pid !== undefined) this.span.setAttribute(ATTR_PROCESS_PID, child.pid);
  }

  /** The host may have passed the process to `watchChildProcess()` since its start. Then it reports its calls itself. */
  #publishStart(child: ChildProcess): void {
    if (watchedProcesses.has(child)) return;
    const { pid } = child;
    const program = processProgram(child);
    const worker = { mode: 'process', program, object: child } as const;
    const pool = workerPool('childProcess', optionsOf('childProcess'), worker);
    this.#operation.publishStart(EVENTS, {
      command: this.#command,
      ...(pid !== undefined && { worker_id: `${pool}_${pid}` }),
      ...(pid !== undefined && isPython(program ?? '') && { python_pid: pid }),
    });
  }

  #end(exit: PythonExit, abort: Abort | undefined): void {
    const { code, signal } = exit;
    const attributes = code === null ? {} : { [ATTR_PROCESS_EXIT_CODE]: code };
    if (code === 0) {
      this.#operation.succeed(exit, {}, attributes, { result: exitReason(code, signal) });
      return;
    }
    const type = abort === undefined ? (signal ?? exitReason(code, signal)) : ABORT_ERROR;
    const error_category = abort?.isTimeout ? 'timeout' : 'worker_error';
    const metadata = { error_type: type, error_category };
    this.#operation.fail(abort?.error ?? exit, { type, attributes, metadata });
  }
}
