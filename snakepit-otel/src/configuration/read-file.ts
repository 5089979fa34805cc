import { readFileSync } from 'node:fs';
import type { ConfigurationModel } from '@opentelemetry/configuration';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { loadConfigurationLibrary, loadYaml } from './file-libraries.cjs';
import { describeFileProblem } from './file-problem.js';
import { withEnvironment } from './with-environment.js';

/**
 * Reads a file of OpenTelemetry's declarative configuration, with substitution of variables.
 *
 * @throws ConfigurationError if the file cannot be read or does not follow the schema
 * @see https://opentelemetry.io/docs/specs/otel/configuration/data-model/
 */
export function readFileModel(file: string): ConfigurationModel {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
    // The library goes on with what it could parse.
    const [syntaxError] = loadYaml().parseDocument(text).errors;
    if (syntaxError !== undefined) throw syntaxError;
    return withEnvironment({ OTEL_CONFIG_FILE: file }, () =>
      loadConfigurationLibrary().createConfigFactory().getConfigModel(),
    );
  } catch (error) {
    const allowed = `a file of OpenTelemetry's declarative configuration, file_format 1.0 (${describeFileProblem(error, file, text)})`;
    throw Object.assign(new ConfigurationError('configuration file', file, allowed), { cause: error });
  }
}

/** Returns our part of a file. */
export const ownPart = (model: ConfigurationModel): unknown =>
  model['instrumentation/development']?.js?.snakepit;
