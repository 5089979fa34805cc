/** A call of transformers.js, as hooks receive it. */
export interface ModelCall {
  /** `load` for `from_pretrained()`, `generate` for `generate()` outside of a pipeline, `pipeline` for the call of a pipeline. */
  readonly kind: 'load' | 'generate' | 'pipeline';
  /** Name of the model: its id on the hub, or the last part of a path. */
  readonly model: string;
  /** Task of the pipeline, such as `feature-extraction`; `undefined` for other calls. */
  readonly task: string | undefined;
  /** The pipeline, or the model; `undefined` while the model is loaded. */
  readonly object: object | undefined;
  /** First argument of the call, if the host sets `includeSensitive`. */
  readonly inputs: unknown;
}
