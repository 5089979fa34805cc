import type { AnyEvent } from 'opentelemetry-instrumentation-snakepit';
import { errorClass, omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Attributes } from '../contract.js';
import { timeOf } from './breakers.js';
import type { Occurrence } from './errors.js';
import { MAX_TEXT, MAX_TRACEBACK } from './limits.js';
import type { PageStore } from './page-store.js';
import { linesOf, textOf } from './values.js';

const OOM = 'snakepit.error.oom';

interface Shown {
  /** The line of the event, if it has one of its own. */
  readonly message: string | undefined;
  readonly attributes: Attributes;
  readonly trace?: string;
  readonly span?: string;
}

/** Returns the error that an event reports. */
export function errorOf(
  { errors, pools, workers, sources }: PageStore,
  event: AnyEvent,
  shown: Shown,
): Occurrence {
  const { name, metadata } = event;
  const gpu = errors.gpuOf(event);
  const isOom = name === OOM;
  const pid = metadata.python_pid;
  const worker =
    textOf(metadata.worker_id) ?? (typeof pid === 'number' ? workers.find(pid)?.worker : undefined);
  const traceback = sources.includeSensitive ? linesOf(metadata.traceback, MAX_TRACEBACK) : undefined;
  const message = sources.includeSensitive ? linesOf(metadata.message, MAX_TEXT) : undefined;
  const kind = name.slice(name.lastIndexOf('.') + 1);
  return {
    event: name,
    ts: timeOf(event),
    kind,
    type: typeOf(metadata.type) ?? kind,
    message: message ?? textOf(shown.message, MAX_TEXT) ?? name,
    attributes: shown.attributes,
    ...omitUndefined({
      device: isOom ? gpu?.device : undefined,
      pool: pools.nameOf(event),
      worker,
      place: placeOf(event),
      trace: shown.trace,
      span: shown.span,
      traceback,
      oom: isOom && metadata.memory !== 'host' ? errors.outOfMemory(event, gpu) : undefined,
    }),
  };
}

/** Returns the class of an error, as it is exported. */
const typeOf = (type: unknown): string | undefined => textOf(errorClass(type));

/** Returns what was being done, as far as the event has it. */
function placeOf({ metadata }: AnyEvent): string | undefined {
  for (const key of ['operation', 'tool', 'command', 'rpc_method']) {
    const place = textOf(metadata[key]);
    if (place !== undefined) return place;
  }
  return undefined;
}
