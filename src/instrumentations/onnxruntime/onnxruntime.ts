import { types } from 'node:util';
import { reportPythonError } from '../../errors/report.js';
import { combinePatches, LibraryPatches } from '../patching/library-patches.js';
import { guarded, wrapMethod } from '../patching/wrap-method.js';

/** `onnxruntime-node` exports the class of `onnxruntime-common`, which is all that a loader sees when it is imported. */
const PACKAGES = ['onnxruntime-node', 'onnxruntime-common'];
/** What the native library throws is of the class `Error`, which says nothing. */
const NATIVE_ERROR = 'OnnxRuntimeError';

/** Makes the sessions of ONNX Runtime report the errors that making and running them ends with. */
export class OnnxruntimePatches extends LibraryPatches {
  readonly definitions = PACKAGES.map((name) =>
    this.definition(name, ['>=1.14 <2'], (exports) => this.addSessions(exports)),
  );

  private addSessions(exports: object): void {
    const sessionClass: unknown = Reflect.get(exports, 'InferenceSession');
    if (typeof sessionClass !== 'function') return;
    this.add(
      sessionClass,
      combinePatches(
        () => reportRejections(sessionClass, 'create'),
        () => reportRejections(sessionClass.prototype, 'run'),
      ),
    );
  }
}

/**
 * The caller gets the rejection by the promise that reports it, one microtask later: with a listener of ours beside it,
 * a rejection that the host does not handle would pass for handled.
 */
const reportRejections = (target: object, method: string): (() => void) =>
  wrapMethod(
    target,
    method,
    (original) =>
      function (...args) {
        const result = Reflect.apply(original, this, args);
        return types.isPromise(result) ? result.then(undefined, reportAndRethrow) : result;
      },
  );

function reportAndRethrow(error: unknown): never {
  guarded(report, [error]);
  throw error;
}

/** An error may come by more than one call: where a method of a subclass calls on, for one. */
const reported = new WeakSet<Error>();

function report(error: unknown): void {
  if (!types.isNativeError(error) || reported.has(error)) return;
  reported.add(error);
  const { name, message } = error;
  reportPythonError({ type: name === 'Error' ? NATIVE_ERROR : name, message });
}
