/** Redacted, as exported; texts of at most 1 kB. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;
