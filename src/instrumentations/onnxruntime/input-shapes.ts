import type { Tensor } from './tensors.js';
import { inputShapes, MAX_DIMENSIONS, MAX_INPUTS } from './tensors.js';

/** An input of the last run. */
interface SeenInput {
  readonly name: string;
  readonly type: string;
  /** Copy of its sizes: the host may change its own. */
  readonly dims: readonly unknown[];
}

/** Shapes of the inputs of a session. Remembers those of its last run, which the next run most often repeats. */
export class InputShapes {
  #seen: readonly SeenInput[] | undefined;
  #shapes: string[] = [];

  /** Returns {@link inputShapes}. */
  of(feeds: object): string[] {
    const names = Object.keys(feeds);
    if (this.#seen !== undefined && isSame(this.#seen, names, feeds)) return this.#shapes;
    this.#seen = readInputs(names, feeds);
    this.#shapes = inputShapes(feeds);
    return this.#shapes;
  }
}

/** Returns the inputs; `undefined` if they are no tensors, or too many or too large to be shown in full. */
function readInputs(names: readonly string[], feeds: object): SeenInput[] | undefined {
  if (names.length > MAX_INPUTS) return undefined;
  const seen: SeenInput[] = [];
  for (const name of names) {
    const { type, dims } = Object(Reflect.get(feeds, name)) as Tensor;
    if (typeof type !== 'string' || !Array.isArray(dims) || dims.length > MAX_DIMENSIONS) return undefined;
    seen.push({ name, type, dims: [...dims] });
  }
  return seen;
}

function isSame(seen: readonly SeenInput[], names: readonly string[], feeds: object): boolean {
  if (names.length !== seen.length) return false;
  for (let i = 0; i < seen.length; i++) {
    const { name, type, dims } = seen[i] as SeenInput;
    if (names[i] !== name) return false;
    const tensor = Object(Reflect.get(feeds, name)) as Tensor;
    if (tensor.type !== type || !isSameSize(tensor.dims, dims)) return false;
  }
  return true;
}

function isSameSize(dims: unknown, seen: readonly unknown[]): boolean {
  if (!Array.isArray(dims) || dims.length !== seen.length) return false;
  for (let i = 0; i < seen.length; i++) if (dims[i] !== seen[i]) return false;
  return true;
}
