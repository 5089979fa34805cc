import { writeFileSync } from 'node:fs';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { hasErrorCode } from 'opentelemetry-instrumentation-snakepit/internal';
import { SUCCEEDED } from './command.js';
import { initialFile } from './initial-file.js';

/**
 * Writes a commented file of the declarative configuration, to stdout if no file is named.
 *
 * @throws ConfigurationError if the file exists
 */
export async function writeConfiguration(file: string | undefined): Promise<number> {
  const text = initialFile();
  if (file === undefined) {
    process.stdout.write(text);
    return SUCCEEDED;
  }
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST'))
      throw new ConfigurationError('FILE of init', file, 'a file that does not exist');
    throw error;
  }
  console.log(`${file} is written. Run it with: snakepit-otel --config ${file}`);
  return SUCCEEDED;
}
