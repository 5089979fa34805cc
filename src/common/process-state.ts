import { channel } from 'node:diagnostics_channel';

/**
 * Format of the shared state. Raise it when the shape of any state changes: copies of the package that disagree about the
 * shape then keep apart instead of failing on each other.
 */
const FORMAT = 1;

const KEY = Symbol.for(`opentelemetry-instrumentation-snakepit.state.v${FORMAT}`);
const holder = globalThis as { [KEY]?: Map<string, object> };

/**
 * Returns state that all copies of this package in the process share: the CommonJS and the ES module copy, and copies of
 * other versions. Each copy brings its own code, so the state must be plain data: objects, maps and sets without methods of
 * this package.
 *
 * @param name name of the state
 * @param create makes the state in the copy that asks first
 */
export function processState<T extends object>(name: string, create: () => T): T {
  holder[KEY] ??= new Map();
  const known = holder[KEY].get(name);
  if (known !== undefined) return known as T;
  const state = create();
  holder[KEY].set(name, state);
  return state;
}

/** Functions that end what this context of `node:vm` has started. Functions of Node's modules belong to the main context. */
const ends = channel instanceof Function ? undefined : processState<(() => void)[]>('ends', () => []);

if (ends !== undefined) {
  const shared = channel as { [KEY]?: readonly (() => void)[] };
  const previous = shared[KEY];
  shared[KEY] = ends;
  if (previous !== undefined && previous !== ends) for (const end of previous) end();
}

/**
 * Calls `end` when another context of `node:vm` loads the package. Test runners such as jest run each file in a new context, but in one
 * process, whose channels keep the subscribers of the files before. The main context, which `--import` loads into, never ends.
 */
export function onNextContext(end: () => void): void {
  ends?.push(end);
}
