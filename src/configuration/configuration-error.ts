/** Thrown at start for a setting that cannot be used. The message names the setting, its value and what is allowed. */
export class ConfigurationError extends Error {
  readonly code = 'SNAKEPIT_CONFIGURATION';
  constructor(
    readonly setting: string,
    readonly value: unknown,
    readonly allowed: string,
  ) {
    super(`Invalid ${setting}: ${JSON.stringify(value)}. Allowed: ${allowed}.`);
    this.name = 'ConfigurationError';
  }
}
