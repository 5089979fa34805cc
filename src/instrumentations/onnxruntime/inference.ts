/** A run of a model, or its load, as hooks receive it. */
export interface Inference {
  /** Name of the model: that of its file, or the start of the SHA-256 of a model in memory. */
  readonly model: string;
  /** Execution providers that were requested and that the installed runtime has. The runtime does not report which one it uses. */
  readonly providers: readonly string[];
  /** Number of the CUDA device; `undefined` for other providers. */
  readonly deviceId: number | undefined;
  /** The session; `undefined` while the model is loaded. */
  readonly session: object | undefined;
  /** Inputs of the run by name, if the host sets `includeSensitive`. */
  readonly inputs: object | undefined;
}
