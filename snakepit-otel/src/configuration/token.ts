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

/** Returns true for an address that other hosts cannot reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'));

/** Returns the check of the tokens that clients send. */
export function checkOf(token: string): TokenCheck {
  const expected = digest(token);
  return (given) => timingSafeEqual(digest(given), expected);
}

/** Digests have one length, so that a comparison does not depend on the length of the token. */
const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Reads a token from a file.
 *
 * @param option dotted name of the options that name the file
 * @throws ConfigurationError if the file has no token
 */
export function readToken(option: string, file: string): string {
  let problem = 'it is empty';
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  } catch (error) {
    problem = errorMessage(error);
  }
  throw new ConfigurationError(
    `${option}.tokenFile (in a file: token_file)`,
    file,
    `a file with a token (${problem})`,
  );
}
