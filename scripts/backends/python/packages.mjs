// Python packages of the end-to-end tests, downloaded once, into the cache.
import { readFileSync } from 'node:fs';
import { builtOnce } from '../cache.mjs';
import { outputOf, unpackWheels } from '../command.mjs';

const REQUIREMENTS = new URL('./requirements.txt', import.meta.url);

/**
 * Downloads grpcio and OpenTelemetry's SDK for the `python3` on PATH.
 *
 * @returns {Promise<string>} folder for `PYTHONPATH`
 * @throws {BackendUnavailable} if Python is missing or the download fails
 */
export async function installPythonPackages() {
  const requirements = readFileSync(REQUIREMENTS, 'utf8');
  // Wheels with compiled code fit one version of Python.
  const version = await outputOf('python3', ['--version']).catch(() => '');
  return builtOnce('python-packages', `${version}${requirements}`, (folder) =>
    unpackWheels('grpcio and OpenTelemetry for Python', requirements, folder),
  );
}
