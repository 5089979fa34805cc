/** What a key of an event holds. `T` is its TypeScript type; at run time a field is plain data. */
export interface Field<T = unknown> {
  readonly type: 'integer' | 'float' | 'string' | 'boolean' | 'device' | 'list' | 'any';
  /** UCUM unit of a measurement; `ns`, `us` and `ms` are durations, `epoch_ns` is a point in time. */
  readonly unit?: string;
  /** The documented values of a metadata key; other strings are accepted. */
  readonly values?: readonly string[];
  readonly optional?: boolean;
  /** Free text from user code: left out of spans and logs unless the host asks for it. */
  readonly sensitive?: boolean;
  readonly note?: string;
  /** Carries `T`; never present. */
  readonly _value?: T;
}

/** A field that an event may lack. */
export type OptionalField<T> = Field<T> & { readonly optional: true };

export const integer = (unit: string, note?: string): Field<number> => ({ type: 'integer', unit, note });
export const float = (unit: string, note?: string): Field<number> => ({ type: 'float', unit, note });

/** A short word from a known vocabulary (an atom on the BEAM). */
export const enumOf = <const V extends string>(...values: V[]): Field<V | (string & {})> => ({
  type: 'string',
  values,
});
export const text = (note?: string): Field<string> => ({ type: 'string', note });
export const boolean = (note?: string): Field<boolean> => ({ type: 'boolean', note });
/** `cuda:0`, `rocm:1`, `mps` or `cpu`. */
export const device = (): Field<string> => ({ type: 'device' });
export const number = (note?: string): Field<number> => ({ type: 'float', note });
export const list = (): Field<readonly (number | string)[]> => ({ type: 'list' });
export const unknown = (note?: string): Field<unknown> => ({ type: 'any', note });

export const optional = <T>(field: Field<T>): OptionalField<T> => ({ ...field, optional: true });
export const sensitive = <T>(field: Field<T>): Field<T> => ({ ...field, sensitive: true });

export type Fields = Readonly<Record<string, Field>>;
