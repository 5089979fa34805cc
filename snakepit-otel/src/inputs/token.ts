import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { checkOf, isLoopback, readToken, type TokenCheck } from '../configuration/token.js';

/**
 * Returns the check of the tokens that clients send; undefined if none is needed.
 *
 * @throws ConfigurationError if the file has no token, or if there is no file and other hosts can connect
 */
export function tokenCheck(
  input: string,
  host: string,
  tokenFile: string | undefined,
): TokenCheck | undefined {
  if (tokenFile !== undefined) return checkOf(readToken(`inputs.${input}`, tokenFile));
  if (isLoopback(host)) return undefined;
  const allowed =
    'a loopback address without tokenFile (in a file: token_file), such as 127.0.0.1; any address with it';
  throw new ConfigurationError(`inputs.${input}.host`, host, allowed);
}
