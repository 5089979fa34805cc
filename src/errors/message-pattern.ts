/** Messages of a library that mean the same, and how to read them. */
export interface MessagePattern {
  /**
   * Text that the message contains. Placeholders are keys of the event: `{expected}`, `{got_dims}`, `{requested_bytes}`.
   * `{got_dims:shape}` reads a shape and records its number of dimensions. `…` matches up to 160 characters. Case is ignored;
   * each run of white space in the message is one space. Of several patterns, the first that matches is used.
   */
  readonly patterns: string | readonly string[];
  /** Classes of the exception, without module. @default every class */
  readonly types?: readonly string[];
  /** Metadata that the pattern implies. Placeholders take precedence. @default none */
  readonly metadata?: Readonly<Record<string, string | number>>;
}
