import { readFileSync } from 'node:fs';
import type { ConfigurationModel } from '@opentelemetry/configuration';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import { loadConfigurationLibrary, loadYaml } from './file-libraries.cjs';
import { withEnvironment } from './with-environment.js';

/**
 * Reads a file of OpenTelemetry's declarative configuration, with substitution of variables.
 *
 * @throws ConfigurationError if the file cannot be read or does not follow the schema
 * @see https://opentelemetry.io/docs/specs/otel/configuration/data-model/
 */
export function readFileModel(file: string): ConfigurationModel {
  try {
    // The library goes on with what it could parse.
    const [syntaxError] = loadYaml().parseDocument(readFileSync(file, 'utf8')).errors;
    if (syntaxError !== undefined) throw syntaxError;
    return withEnvironment({ OTEL_CONFIG_FILE: file }, () =>
      loadConfigurationLibrary().createConfigFactory().getConfigModel(),
    );
  } catch (error) {
    const allowed = `a file of OpenTelemetry's declarative configuration, file_format 1.0 (${errorMessage(error)})`;
    throw Object.assign(new ConfigurationError('configuration file', file, allowed), { cause: error });
  }
}

/** Returns our part of a file. */
export const ownPart = (model: ConfigurationModel): unknown =>
  model['instrumentation/development']?.js?.snakepit;
