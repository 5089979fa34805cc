import { basename, isAbsolute } from 'node:path';
import type { Attributes } from '@opentelemetry/api';
import { cleanText } from '../../common/clean-text.js';
import { UNKNOWN_MODEL } from '../onnxruntime/model.js';
import type { Providers } from '../onnxruntime/providers.js';
import { findSession, modelAttributes } from '../onnxruntime/sessions.js';
import type { InstrumentationsConfig } from '../options/library-options.js';
import { objectName } from '../options/object-name.js';

const MAX_NAME_LENGTH = 128;
const MAX_SETTING_LENGTH = 64;
/** Names of the session that computes the next token. Other sessions of such a model embed texts or images, or encode the input. */
const DECODERS = ['decoder_model_merged', 'decoder_model', 'model'];
/** A path or address, not an id of the hub such as `Xenova/all-MiniLM-L6-v2`. */
const PATH = /^[.~]|^[a-z]+:|\\/i;

type Options = NonNullable<InstrumentationsConfig['transformers']>;

/** Facts about a model that every call of it repeats. */
export interface LoadedModel {
  readonly name: string;
  /** Its sessions of ONNX Runtime. */
  readonly sessions: ReadonlySet<object>;
  /** The one that computes the next token, if the model generates any. */
  readonly decoder: object | undefined;
  readonly providers: Providers;
  /** Attributes of its spans. */
  readonly attributes: Attributes;
  /** Metadata of its events. */
  readonly metadata: { readonly model: string; readonly provider: string | undefined };
  /** Starts of its spans by the first part of their name. */
  readonly spans: Map<string, SpanStart>;
}

/** Name and attributes of a span at its start. */
export interface SpanStart {
  readonly task: string | undefined;
  readonly name: string;
  readonly attributes: Attributes;
}

const models = new WeakMap<object, LoadedModel>();
/** Sessions of the models. */
const modelSessions = new WeakSet<object>();

/** Returns true for a session of a model. The library has other ones for operators such as `topk()`. */
export const isOfModel = (session: object): boolean => modelSessions.has(session);

/** Returns the facts about a model. */
export const modelOf = (model: object, options: Options): LoadedModel =>
  models.get(model) ?? addModel(model, options);

/** Remembers a model. @param id name of the model, unless the host names it. @default that of its first session */
export function addModel(object: object, options: Options, id?: string): LoadedModel {
  const byName = Object(Reflect.get(object, 'sessions')) as Record<string, unknown>;
  const sessions = Object.values(byName).filter(isObject);
  const { device, dtype } = settingsOf(sessions[0]);
  const recorded = sessions[0] && findSession(sessions[0]);
  const name = objectName('transformers', options, object) ?? id ?? recorded?.model ?? UNKNOWN_MODEL;
  const providers = recorded?.providers ?? {
    names: device === undefined ? [] : [device],
    deviceId: undefined,
  };
  const model: LoadedModel = {
    name,
    sessions: new Set(sessions),
    decoder: DECODERS.map((key) => byName[key]).find(isObject),
    providers,
    attributes: {
      ...modelAttributes(name, providers),
      ...(dtype !== undefined && { 'snakepit.model.dtype': dtype }),
    },
    metadata: { model: name, provider: providers.names[0] },
    spans: new Map(),
  };
  models.set(object, model);
  for (const session of sessions) modelSessions.add(session);
  return model;
}

/** Returns the name of a model that is loaded: its id, or the last part of a path, which may name users and folders. */
export function nameOfId(id: unknown): string {
  if (typeof id !== 'string' || id === '') return UNKNOWN_MODEL;
  const isPath = isAbsolute(id) || PATH.test(id);
  return cleanText(isPath ? basename(id.replaceAll('\\', '/')) : id, MAX_NAME_LENGTH) || UNKNOWN_MODEL;
}

/** Returns the device and the type of numbers that a session was loaded for. */
function settingsOf(session: object | undefined): Record<'device' | 'dtype', string | undefined> {
  const { device, dtype } = Object(session && Reflect.get(session, 'config'));
  return { device: textOf(device), dtype: textOf(dtype) };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? cleanText(value, MAX_SETTING_LENGTH) : undefined;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
