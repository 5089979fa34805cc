import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { checkOf, type TokenCheck } from '../../configuration/token.js';
import { HttpError } from './http-error.js';

const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export interface GuardOptions {
  /** Further names of this host. */
  readonly allowHosts: readonly string[];
  /** Token that every request needs; undefined if only this host can connect. */
  readonly token: string | undefined;
  /** Name of the cookie with the token. */
  readonly cookie: string;
}

/**
 * Refuses requests of other sites that a browser of an operator may send: those to a name of this host that an attacker has chosen
 * (DNS rebinding), those of pages of other origins, and those without the token.
 */
export class RequestGuard {
  readonly #options: GuardOptions;
  readonly #check: TokenCheck | undefined;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#check = options.token === undefined ? undefined : checkOf(options.token);
  }

  /** @throws HttpError for a request that is refused */
  check(request: IncomingMessage): void {
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      throw new HttpError(405, 'only GET and HEAD are allowed', { allow: 'GET, HEAD' });
    }
    if (!this.#isOwnName(request)) {
      throw new HttpError(
        421,
        'the host name of the address is not one of this host; allow it with ui.allowHosts',
      );
    }
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      throw new HttpError(403, 'requests of other sites are refused');
    }
  }

  /** @throws HttpError for a request without the token */
  checkToken({ headers }: IncomingMessage): void {
    if (this.#check === undefined) return;
    const [, bearer] = /^Bearer +(.+)$/i.exec(headers.authorization ?? '') ?? [];
    if (this.isToken(bearer ?? cookieOf(headers.cookie, this.#options.cookie))) return;
    const how = 'open the address with ?token=… once, or send it as Authorization: Bearer …';
    throw new HttpError(401, `the token is missing or wrong; ${how}`, { 'www-authenticate': 'Bearer' });
  }

  /** Returns true for the token. Takes as long for any other text. */
  isToken(given: string | undefined): boolean {
    return this.#check?.(given ?? '') === true;
  }

  /** The port does not matter: a forwarded one differs. */
  #isOwnName({ headers, socket }: IncomingMessage): boolean {
    const name = hostName(headers.host);
    if (name === undefined) return false;
    if (LOCAL_NAMES.includes(name) || this.#options.allowHosts.includes(name)) return true;
    // With a token, an address of this host is one of its names. A page of an attacker has another one.
    const address = name.replace(/^\[|\]$/g, '');
    const local = socket.localAddress?.replace(/^::ffff:/, '');
    return this.#check !== undefined && isIP(address) !== 0 && address === local;
  }
}

/** Returns the name of a host, without its port, in lower case; undefined if it is invalid. */
export function hostName(host: string | undefined): string | undefined {
  const [, name] = /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/i.exec(host ?? '') ?? [];
  return name?.toLowerCase();
}

/** Returns the value of a cookie. */
function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name) return decoded(value?.trim() ?? '');
  }
  return undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
