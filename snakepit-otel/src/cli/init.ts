import { writeFileSync } from 'node:fs';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { hasErrorCode } from 'opentelemetry-instrumentation-snakepit/internal';
import { SUCCEEDED } from './command.js';
import { initialFile } from './initial-file.js';

/** What is allowed instead of a file that fails with one of these codes. */
const ALLOWED: readonly (readonly [codes: readonly string[], allowed: string])[] = [
  [['EEXIST'], 'a file that does not exist'],
  [['ENOENT', 'ENOTDIR'], 'a file in a folder that exists'],
  [['EACCES', 'EPERM', 'EROFS'], 'a file in a folder that this user may write to'],
];

/**
 * Writes a commented file of the declarative configuration, to stdout if no file is named.
 *
 * @throws ConfigurationError if the file exists or cannot be created
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
    const allowed = ALLOWED.find(([codes]) => codes.some((code) => hasErrorCode(error, code)))?.[1];
    throw allowed === undefined ? error : new ConfigurationError('FILE of init', file, allowed);
  }
  console.log(`${file} is written. Run it with: snakepit-otel --config ${file}`);
  return SUCCEEDED;
}
