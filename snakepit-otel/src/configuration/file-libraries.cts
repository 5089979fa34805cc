// Most processes have no file, and both libraries together are 800 kB. A CommonJS file, because `startTelemetry()` is synchronous;
// bundlers follow `require` of a literal.

/** Loads the reader of OpenTelemetry's declarative configuration. */
export const loadConfigurationLibrary = () =>
  require('@opentelemetry/configuration') as typeof import('@opentelemetry/configuration');

/** Loads the parser of YAML. */
export const loadYaml = () => require('yaml') as typeof import('yaml');
