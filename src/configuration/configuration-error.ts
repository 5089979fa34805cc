import { hasErrorCode } from '../common/error-code.js';
import { nearestName } from '../common/nearest-name.js';
import { singleLine } from '../common/single-line.js';

/**
 * A setting that cannot be used, thrown at start. The message names the setting, its value, the allowed values and the
 * nearest of them.
 *
 * Recognize it by `code`: an ES module and a CommonJS copy of the package each have a class of their own.
 */
export class ConfigurationError extends Error {
  /** Identifies the class of error. */
  readonly code = 'SNAKEPIT_CONFIGURATION';

  /**
   * Creates the error.
   *
   * @param setting name of the option, environment variable or file entry
   * @param value the rejected value
   * @param allowed description of the allowed values
   * @param nearest allowed value that was probably meant. @default the nearest of the names in `allowed`, if one is alike
   */
  constructor(
    readonly setting: string,
    readonly value: unknown,
    readonly allowed: string,
    nearest: string | undefined = typeof value === 'string'
      ? nearestName(value, namesIn(allowed))
      : undefined,
  ) {
    const hint = nearest === undefined ? '' : ` Did you mean ${JSON.stringify(nearest)}?`;
    super(`Invalid ${setting}: ${describe(value)}. Allowed: ${allowed}.${hint}`);
    this.name = 'ConfigurationError';
  }
}

/** Returns the names in a description of allowed values, without its phrases and single letters. */
const namesIn = (allowed: string): string[] => allowed.split(', ').filter((part) => /^\S{2,}$/.test(part));

/** Returns a value as text, whatever it is. */
function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(singleLine(value));
    case 'function':
      return 'a function';
    case 'object':
      return singleLine(value);
    default:
      return String(value);
  }
}

/** True for a `ConfigurationError` of any loaded copy of the package. */
export const isConfigurationError = (error: unknown): error is ConfigurationError =>
  hasErrorCode(error, 'SNAKEPIT_CONFIGURATION');
