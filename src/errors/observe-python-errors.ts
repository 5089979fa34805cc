import { channelOf, publish } from '../bus/bus.js';
import { subscribeEach } from '../bus/subscribe-each.js';
import type { AnyEvent } from '../catalog/any-event.js';
import type { CustomEventDefinition } from '../catalog/event-definition.js';
import type { PythonErrorKeys } from '../catalog/python-error-keys.js';
import { forgetOldest } from '../common/forget-oldest.js';
import { omitUndefined } from '../common/omit-undefined.js';
import { RecordingSwitch } from '../common/recording-switch.js';
import { classifyPythonError } from './classify.js';
import { readElixirError } from './elixir-error.js';
import type { PythonError } from './python-error.js';
import { rememberReported } from './reported-errors.js';

/** Correlation ids whose errors are remembered. */
const MAX_IDS = 10_000;
const UNCLASSIFIED = 'snakepit.error.python_exception';

/** Classifies the Python errors that events carry, and publishes the event of their class once per correlation id. */
export class PythonErrorObserver {
  /** Classes that were published, by correlation id. */
  readonly #published = new Map<string, Set<string>>();
  readonly #events: readonly (readonly [string, CustomEventDefinition])[];
  /** Listens while a recorder receives events. */
  readonly recording: RecordingSwitch;

  /** @param isRecorded returns true if a recorder receives events */
  constructor(events: readonly (readonly [string, CustomEventDefinition])[], isRecorded: () => boolean) {
    this.#events = events;
    this.recording = new RecordingSwitch(isRecorded, () => this.#start());
  }

  #start(): () => void {
    const unsubscribe = subscribeEach(this.#events, ({ pythonError: keys }) =>
      keys === undefined ? undefined : (event) => this.#observe(event, keys),
    );
    return () => {
      unsubscribe();
      this.#published.clear();
    };
  }

  #observe(event: AnyEvent, keys: PythonErrorKeys): void {
    const error = pythonErrorOf(event, keys);
    if (error === undefined) return;
    const { event: name, measurements, metadata } = classifyPythonError(error);
    // Other failures of a call, such as a timeout or the end of its process, have no class in Python.
    if (name === UNCLASSIFIED && (metadata.type === undefined || isWorkerFailure(event))) return;
    rememberReported(event.remote?.producer, error);
    const { correlation_id: id, worker_id: worker } = event.metadata;
    if (typeof id === 'string' && id !== '' && !this.#isNew(id, name)) return;
    const ids = omitUndefined({ correlation_id: id, worker_id: worker });
    publish(channelOf(name), name, measurements, { ...metadata, ...ids }, event.span, event.remote);
  }

  /** Returns true for the first error of a class with a correlation id. Any class makes an unclassified error of the same id old. */
  #isNew(id: string, name: string): boolean {
    let names = this.#published.get(id);
    if (names === undefined) {
      names = new Set();
      forgetOldest(this.#published, MAX_IDS);
      this.#published.set(id, names);
    }
    if (names.has(name) || (name === UNCLASSIFIED && names.size > 0)) return false;
    names.add(name);
    return true;
  }
}

const isWorkerFailure = ({ metadata: { error_category } }: AnyEvent): boolean =>
  error_category === 'timeout' || error_category === 'worker_error';

function pythonErrorOf({ metadata }: AnyEvent, keys: PythonErrorKeys): PythonError | undefined {
  const text = metadata[keys.text];
  const type = keys.type === undefined ? undefined : metadata[keys.type];
  if (typeof type === 'string')
    return { type, ...(typeof text === 'string' ? { message: text } : undefined) };
  return typeof text === 'string' && text !== '' ? readElixirError(text) : undefined;
}
