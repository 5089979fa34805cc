import { optionsOf } from '../options/active-options.js';
import { LibraryPatches } from '../patching/library-patches.js';
import { recordGenerations } from './generations.js';
import { recordLoads } from './loads.js';
import { addTask, recordPipeline } from './pipelines.js';

const PIPELINE = /^(\w+)Pipeline$/;

/** A class with methods. */
interface Class {
  readonly prototype: object;
}

/** Records the loads of models, and the calls of pipelines and of `generate()`. */
export class TransformersPatches extends LibraryPatches {
  readonly definitions = [
    this.definition('@huggingface/transformers', { from: '3', below: '5' }, (exports) =>
      this.#addClasses(exports),
    ),
  ];

  protected override isWanted(): boolean {
    return optionsOf('transformers').enabled !== false;
  }

  #addClasses(exports: object): void {
    const base: unknown = Reflect.get(exports, 'PreTrainedModel');
    if (!isClass(base)) return;
    this.add(base, () => recordLoads(base));
    this.add(base.prototype, () => recordGenerations(base.prototype, true));
    for (const [name, value] of Object.entries(exports)) {
      if (!isClass(value)) continue;
      const { prototype } = value;
      const [, pipeline] = PIPELINE.exec(name) ?? [];
      if (pipeline !== undefined) {
        addTask(prototype, pipeline);
        if (Object.hasOwn(prototype, '_call')) this.add(prototype, () => recordPipeline(prototype));
      } else if (isDerived(prototype, base) && Object.hasOwn(prototype, 'generate')) {
        this.add(prototype, () => recordGenerations(prototype, false));
      }
    }
  }
}

const isClass = (value: unknown): value is Class =>
  typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;

const isDerived = (prototype: object, { prototype: base }: Class): boolean =>
  Object.prototype.isPrototypeOf.call(base, prototype);
