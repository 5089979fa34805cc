import type { Field, Fields } from '../../catalog/field.js';
import type { Tag } from '../../catalog/metric-spec.js';
import { errorClass } from '../../common/error-class.js';

/** A tag with the conversion that its field requires. */
export interface TagSource {
  /** Metadata key. */
  readonly key: string;
  /** Metadata key that supplies the value if `key` is missing. */
  readonly fallbackKey: string | undefined;
  /** Name of the attribute. */
  readonly name: string;
  /** Conversion of the value; `undefined` if the value is reported as it is. */
  readonly convert: ((value: unknown) => unknown) | undefined;
}

/** Resolves the tags of a metric with the metadata fields of its event. */
export const tagSources = (tags: readonly Tag[], fields: Fields): TagSource[] =>
  tags.map((tag) => {
    const { key, as: name, fallbackKey } = typeof tag === 'string' ? { key: tag, as: tag } : { ...tag };
    return { key, name, fallbackKey, convert: conversion(fields[key]) };
  });

function conversion(field: Field | undefined): TagSource['convert'] {
  if (field?.type === 'worker') return workerLabel;
  return field?.error ? errorLabel : undefined;
}

/** Returns the class of an error. A text is no label: it has any number of values, and may hold data of users. */
const errorLabel = (error: unknown): unknown =>
  errorClass(error) ?? (typeof error === 'string' && !/\s/.test(error) ? error : undefined);

/** A worker id with its number in the pool and the number that differs after each start of the pool: `default_worker_1_690`. */
const WORKER = /^(.+_\d+)_\d+$/s;
const MAX_ID_LENGTH = 128;
/** Workers that are kept apart. */
const MAX_WORKERS = 256;
const OTHER = 'other';
/** Ids that are remembered with their labels. */
const MAX_REMEMBERED = 4096;

const labels = new Set<string>();
const labelOfId = new Map<string, string>();

/** Returns the id of a worker without the number of the start. */
function workerLabel(id: unknown): unknown {
  if (typeof id !== 'string') return id;
  const known = labelOfId.get(id);
  if (known !== undefined) return known;
  const shortened = id.length > MAX_ID_LENGTH ? id.slice(0, MAX_ID_LENGTH) : (WORKER.exec(id)?.[1] ?? id);
  if (labels.size < MAX_WORKERS) labels.add(shortened);
  const label = labels.has(shortened) ? shortened : OTHER;
  if (labelOfId.size >= MAX_REMEMBERED) labelOfId.clear();
  if (id.length <= MAX_ID_LENGTH) labelOfId.set(id, label);
  return label;
}
