import { catchErrors } from '../common/catch-errors.js';
import { processState } from '../common/process-state.js';

/** Key of `globalThis` under which all copies of `@opentelemetry/api` 1.x share one object with their global providers. */
const API_KEY = Symbol.for('opentelemetry.js.api.1');
/** Key of `globalThis` under which all copies of `@opentelemetry/api-logs` share the global provider. */
const LOGS_API_KEY = Symbol.for('io.opentelemetry.js.api.logs');
/** Global providers in the shared object of the API. Version 1.9 has no `logs`. */
const SIGNALS = ['trace', 'metrics', 'logs'];

const state = processState('global-providers', () => ({
  listeners: new Set<() => void>(),
  isFollowing: false,
}));

/**
 * Calls `listener` whenever a global provider has been registered, through any copy of the API, until the returned function is
 * called. The API has no such event, and a recorder that subscribes to nothing while there is no SDK could not notice a later one.
 */
export function onGlobalProvider(listener: () => void): () => void {
  const guarded = catchErrors('Switching to a global provider', listener);
  state.listeners.add(guarded);
  if (!state.isFollowing) {
    state.isFollowing = true;
    catchErrors('Following the global providers', followGlobals)();
  }
  return () => {
    state.listeners.delete(guarded);
  };
}

const notify = (): void => {
  for (const listener of [...state.listeners]) listener();
};

function followGlobals(): void {
  const prototype = Object.getPrototypeOf(globalThis);
  // `globalThis` of Node has a prototype of its own. Elsewhere, every object would inherit the setters.
  if (prototype === Object.prototype) return;
  onCreation(prototype, LOGS_API_KEY, notify);
  onCreation(prototype, API_KEY, followApi);
  const api: unknown = Reflect.get(globalThis, API_KEY);
  if (typeof api === 'object' && api !== null) followApi(api);
}

function followApi(api: object): void {
  const prototype = Object.create(Object.getPrototypeOf(api));
  for (const signal of SIGNALS) onCreation(prototype, signal, onProvider);
  Object.setPrototypeOf(api, prototype);
}

/** The API registers a proxy for traces first, and sets the delegate of the proxy then. */
function onProvider(provider: { setDelegate?(delegate: object): void }): void {
  if (typeof provider?.setDelegate !== 'function') {
    notify();
    return;
  }
  Object.defineProperty(provider, 'setDelegate', {
    configurable: true,
    value: (delegate: object) => {
      Reflect.deleteProperty(provider, 'setDelegate');
      provider.setDelegate?.(delegate);
      notify();
    },
  });
}

/**
 * Calls `created` whenever an assignment creates the property of an object with this prototype. The object gets the same plain
 * property as without the setter: reads cost the same, and after its deletion the next assignment is noticed again.
 */
function onCreation<T extends object>(
  prototype: object,
  key: PropertyKey,
  created: (value: T) => void,
): void {
  const guarded = catchErrors('Following a global provider', created);
  Object.defineProperty(prototype, key, {
    configurable: true,
    get: () => undefined,
    set(this: object, value: T) {
      Object.defineProperty(this, key, { value, configurable: true, enumerable: true, writable: true });
      guarded(value);
    },
  });
}
