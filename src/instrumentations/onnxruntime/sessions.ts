import type { Attributes } from '@opentelemetry/api';
import type { InstrumentationsConfig } from '../options/library-options.js';
import { objectName } from '../options/object-name.js';
import { InputShapes } from './input-shapes.js';
import { UNKNOWN_MODEL } from './model.js';
import type { Providers } from './providers.js';

/** Facts about a session that every run of it repeats. */
export interface Session {
  readonly model: string;
  readonly providers: Providers;
  readonly spanName: string;
  /** Attributes of its spans. */
  readonly attributes: Attributes;
  /** Metadata of its events. */
  readonly metadata: { readonly model: string; readonly provider: string | undefined };
  /** Input whose first dimension is the size of the batch. */
  readonly batchInput: string | undefined;
  readonly inputShapes: InputShapes;
  /** End of the load, ms of `performance.now()`; `undefined` if it was loaded before the instrumentation. */
  readonly loadedAt: number | undefined;
  /** True once the model has run: the first run allocates and optimizes, and takes longer. */
  hasRun: boolean;
  isReleased: boolean;
}

const NO_PROVIDERS: Providers = { names: [], deviceId: undefined };

const sessions = new WeakMap<object, Session>();

/** Returns the facts about a session. */
export const sessionOf = (
  session: object,
  options: NonNullable<InstrumentationsConfig['onnxruntime']>,
): Session => sessions.get(session) ?? addSession(session, options, UNKNOWN_MODEL, NO_PROVIDERS);

/** Returns the facts about a session if it was seen before. */
export const findSession = (session: object): Session | undefined => sessions.get(session);

/** Remembers a session. @param defaultModel name of the model, unless the host names it */
export function addSession(
  object: object,
  options: NonNullable<InstrumentationsConfig['onnxruntime']>,
  defaultModel: string,
  providers: Providers,
  loadedAt?: number,
): Session {
  const model = objectName('onnxruntime', options, object) ?? defaultModel;
  const session: Session = {
    model,
    providers,
    spanName: `inference ${model}`,
    attributes: modelAttributes(model, providers),
    metadata: { model, provider: providers.names[0] },
    batchInput: batchInputOf(object),
    inputShapes: new InputShapes(),
    loadedAt,
    hasRun: loadedAt === undefined,
    isReleased: false,
  };
  sessions.set(object, session);
  return session;
}

/** Returns the attributes of a model. */
export const modelAttributes = (model: string, { names, deviceId }: Providers): Attributes => ({
  'snakepit.model.name': model,
  ...(names.length > 0 && { 'snakepit.model.providers': [...names] }),
  ...(deviceId !== undefined && { 'snakepit.model.device_id': deviceId }),
});

/** Returns the first input whose first dimension has no fixed size. */
function batchInputOf(session: object): string | undefined {
  try {
    const inputs: unknown = Reflect.get(session, 'inputMetadata');
    if (!Array.isArray(inputs)) return undefined;
    return inputs.find(({ shape }) => Array.isArray(shape) && typeof shape[0] === 'string')?.name;
  } catch {
    // A session of another backend, or one of the host's own.
    return undefined;
  }
}
