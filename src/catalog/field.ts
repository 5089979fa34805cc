/** One key of an event. `T` is the TypeScript type of its value; at run time a field is plain data. */
export interface Field<T = unknown> {
  /** Kind of value. `device` is a string such as `cuda:0`, `worker` the id of a worker. */
  readonly type: 'integer' | 'float' | 'string' | 'boolean' | 'device' | 'worker' | 'list' | 'unknown';
  /** UCUM unit of a measurement; `ns`, `us` and `ms` are durations, `epoch_ns` is a point in time. */
  readonly unit?: string;
  /** Documented values of a metadata key; other strings are accepted. */
  readonly values?: readonly string[];
  /** True if events may lack the field. @default false */
  readonly optional?: boolean;
  /** True for free text from user code, which spans and logs omit unless the host sets `includeSensitive`. @default false */
  readonly sensitive?: boolean;
  /**
   * True for an error: spans and logs export its class or code, and its text only if the host sets `includeSensitive`.
   * @default false
   */
  readonly error?: boolean;
  /** Remark for the generated documentation. */
  readonly note?: string;
  /** Carries the type `T`; never set. @internal */
  readonly _value?: T;
}

/** A field that an event may lack. */
export interface OptionalField<T> extends Field<T> {
  /** Marks the field. */
  readonly optional: true;
}

/** Declares a measurement that is an integer. @param unit UCUM unit @param note remark for the documentation */
export const integer = (unit: string, note?: string): Field<number> => ({ type: 'integer', unit, note });

/** Declares a measurement that may have a fraction. @param unit UCUM unit @param note remark for the documentation */
export const float = (unit: string, note?: string): Field<number> => ({ type: 'float', unit, note });

/** Declares metadata with a known vocabulary (an atom on the BEAM). Other strings are accepted. @param values the known ones */
export const enumOf = <const V extends string>(...values: V[]): Field<V | (string & {})> => ({
  type: 'string',
  values,
});

/** Declares metadata that is a string. @param note remark for the documentation */
export const text = (note?: string): Field<string> => ({ type: 'string', note });

/** Declares metadata that is true or false. @param note remark for the documentation */
export const boolean = (note?: string): Field<boolean> => ({ type: 'boolean', note });

/** Declares metadata that names a device: `cuda:0`, `rocm:1`, `mps` or `cpu`. @param note remark for the documentation */
export const device = (note?: string): Field<string> => ({ type: 'device', note });

/**
 * Declares metadata that is the id of a worker, such as `default_worker_1_690`. Metrics report it without its last number, which differs
 * after each start of the pool, and keep 256 workers apart; further ones are `other`.
 */
export const worker = (): Field<string> => ({ type: 'worker' });

/** Declares metadata that is a number. @param note remark for the documentation */
export const number = (note?: string): Field<number> => ({ type: 'float', note });

/** Declares metadata that is a list of numbers and strings, such as a shape. */
export const list = (): Field<readonly (number | string)[]> => ({ type: 'list' });

/** Declares metadata of any type. @param note remark for the documentation */
export const unknown = (note?: string): Field<unknown> => ({ type: 'unknown', note });

/** Marks a field as one that events may lack. */
export const optional = <T>(field: Field<T>): OptionalField<T> => ({ ...field, optional: true });

/** Marks a field as free text from user code: spans and logs omit it unless the host sets `includeSensitive`. */
export const sensitive = <T>(field: Field<T>): Field<T> => ({ ...field, sensitive: true });

/** Marks a field as an error: spans and logs export its class or code, and its text only if the host sets `includeSensitive`. */
export const error = <T>(field: Field<T>): Field<T> => ({ ...field, error: true });

/** Fields by key. */
export type Fields = Readonly<Record<string, Field>>;
