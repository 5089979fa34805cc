import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';

/** Returns true for the right token. Takes as long for any other text. */
export type TokenCheck = (given: string) => boolean;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

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
  if (tokenFile === undefined) {
    if (isLoopback(host)) return undefined;
    const allowed =
      'a loopback address without tokenFile (in a file: token_file), such as 127.0.0.1; any address with it';
    throw new ConfigurationError(`inputs.${input}.host`, host, allowed);
  }
  const expected = digest(readToken(input, tokenFile));
  return (given) => timingSafeEqual(digest(given), expected);
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'));

/** Digests have one length, so that a comparison does not depend on the length of the token. */
const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

function readToken(input: string, file: string): string {
  let problem = 'it is empty';
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  } catch (error) {
    problem = errorMessage(error);
  }
  throw new ConfigurationError(
    `inputs.${input}.tokenFile (in a file: token_file)`,
    file,
    `a file with a token (${problem})`,
  );
}
