import { optionsOf } from '../options/active-options.js';
import { combinePatches, LibraryPatches } from '../patching/library-patches.js';
import { loadedPackages } from '../patching/loaded-modules.js';
import { recordLoads } from './loads.js';
import type { SupportedBackends } from './providers.js';
import { recordReleases } from './releases.js';
import { recordRuns } from './runs.js';

/** `onnxruntime-node` exports the class of `onnxruntime-common`. The module hooks see only the latter if the former is imported. */
const PACKAGES = ['onnxruntime-node', 'onnxruntime-common'];

/** Records the loads, runs and releases of models, and reports the errors that loading and running reject with. */
export class OnnxruntimePatches extends LibraryPatches {
  readonly definitions = PACKAGES.map((name) =>
    this.definition(name, { from: '1.14', below: '2' }, (exports) => this.#addSessionClass(exports)),
  );

  #supported: SupportedBackends | undefined;

  protected override isWanted(): boolean {
    return optionsOf('onnxruntime').enabled !== false;
  }

  /** Returns the function of `onnxruntime-node`, which is in the cache of `require` also if it was imported. */
  #supportedBackends(): SupportedBackends | undefined {
    if (this.#supported !== undefined) return this.#supported;
    for (const { exports } of loadedPackages('onnxruntime-node', [])) {
      const list: unknown = exports[0] && Reflect.get(exports[0], 'listSupportedBackends');
      // Early versions have none.
      if (typeof list === 'function') this.#supported = list as SupportedBackends;
    }
    return this.#supported;
  }

  #addSessionClass(exports: object): void {
    const sessionClass: unknown = Reflect.get(exports, 'InferenceSession');
    if (typeof sessionClass !== 'function') return;
    const patches = [
      () => recordLoads(sessionClass, () => this.#supportedBackends()),
      () => recordRuns(sessionClass),
    ];
    // Early versions have none.
    if (typeof sessionClass.prototype.release === 'function')
      patches.push(() => recordReleases(sessionClass));
    this.add(sessionClass, combinePatches(...patches));
  }
}
