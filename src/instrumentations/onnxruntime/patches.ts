import { combinePatches, LibraryPatches } from '../patching/library-patches.js';
import { reportRejections } from './report-rejections.js';

/** `onnxruntime-node` exports the class of `onnxruntime-common`. The module hooks see only the latter if the former is imported. */
const PACKAGES = ['onnxruntime-node', 'onnxruntime-common'];

/** Reports the errors that creating and running sessions of ONNX Runtime rejects with. */
export class OnnxruntimePatches extends LibraryPatches {
  readonly definitions = PACKAGES.map((name) =>
    this.definition(name, { from: '1.14', below: '2' }, (exports) => this.#addSessionClass(exports)),
  );

  #addSessionClass(exports: object): void {
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
