import type * as v from 'valibot';
import { VARIABLES, type VariableName } from './variables.js';

/** Schema of a setting. Each message describes the allowed values. */
export type Schema<T> = v.GenericSchema<unknown, T>;

/** A setting of `startTelemetry()`. */
export interface Setting<T, D extends T | undefined> {
  readonly schema: Schema<T>;
  /** Environment variable: of OpenTelemetry's specification, or `SNAKEPIT_OTEL_…`. */
  readonly env?: string;
  /** Dotted name below `instrumentation/development.js.snakepit` in a file, for what OpenTelemetry's file has no place for. */
  readonly fileKey?: string;
  /** Schema of the value in a file, if it differs. */
  readonly fileSchema?: Schema<unknown>;
  /** Returns the value that stands in a file as in code. */
  readonly fromFile?: (value: unknown) => unknown;
  /** Returns the value as it stands in a file. */
  readonly toFile?: (value: never) => unknown;
  /** Returns the value that the text of a variable stands for. @default a boolean, a number or the text */
  readonly fromText?: (text: string) => unknown;
  /** Allowed values of the variable, for messages. @default those of the option */
  readonly textAllowed?: string;
  readonly default: D;
  /** Noun phrase for the table of settings in the documentation and for the JSON Schema. */
  readonly description: string;
}

/** Returns a setting that a variable of the specification sets too, with its default. */
export const specified = <T, N extends VariableName>(env: N, schema: Schema<T>, description: string) => ({
  env,
  schema,
  default: VARIABLES[env].default as (typeof VARIABLES)[N]['default'],
  description,
});
