import type { IncomingMessage } from 'node:http';
import type { TokenCheck } from '../configuration/token.js';
import { BodyError } from './http-body.js';

/** Conditions of a request. */
interface RequestChecks {
  readonly paths: readonly string[];
  readonly checkToken: TokenCheck | undefined;
  /** Called for a request with a wrong token. */
  readonly onUnauthorized?: () => void;
  readonly isStopping: () => boolean;
}

/** Scheme and host of a request as proxies get it: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/**
 * Returns the path of a request.
 *
 * @throws BodyError for a request that is refused whatever its body is
 */
export function checkRequest({ url, method, headers }: IncomingMessage, checks: RequestChecks): string {
  const path = url?.replace(ORIGIN, '').split('?')[0] ?? '';
  if (!checks.paths.includes(path)) throw new BodyError(404, `only ${checks.paths.join(', ')} exists`);
  if (method !== 'POST') throw new BodyError(405, 'only POST is allowed', { allow: 'POST' });
  // Only browsers send it. A page that a user visits must not be able to send telemetry.
  if (headers.origin !== undefined) throw new BodyError(403, 'requests of browsers are refused');
  const [, token = ''] = /^Bearer +(.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (checks.checkToken !== undefined && !checks.checkToken(token)) {
    checks.onUnauthorized?.();
    throw new BodyError(401, 'the bearer token is missing or wrong', { 'www-authenticate': 'Bearer' });
  }
  if (checks.isStopping()) throw shuttingDown();
  return path;
}

/** The client sends the request again later. */
export const shuttingDown = () => new BodyError(503, 'shutting down');
