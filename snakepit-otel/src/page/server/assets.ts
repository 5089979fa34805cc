import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HttpError } from './http-error.js';
import { acceptsGzip, sendBytes } from './responses.js';

const compress = promisify(gzip);

/** The files of the page, by their paths. No other file is served. */
const FILES: ReadonlyMap<string, { readonly name: string; readonly type: string }> = new Map([
  ['/', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/app.js', { name: 'app.js', type: 'text/javascript; charset=utf-8' }],
  ['/app.css', { name: 'app.css', type: 'text/css; charset=utf-8' }],
  ['/icon.svg', { name: 'icon.svg', type: 'image/svg+xml' }],
]);

const NOT_BUILT =
  'The page is not part of this installation: its files are missing, as in a bundle of the application. ' +
  'The data is at /api/v1/snapshot, and snakepit-otel top shows it in a terminal.';

interface Asset {
  readonly plain: Buffer;
  readonly packed: Buffer;
  readonly etag: string;
}

/** The files of the page. Each is read once. */
export class Assets {
  readonly #folder: string;
  readonly #assets = new Map<string, Promise<Asset>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  has(path: string): boolean {
    return FILES.has(path);
  }

  /** @throws HttpError if the file does not exist */
  async send(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = FILES.get(path);
    if (file === undefined) throw new HttpError(404, 'there is no such page');
    const { plain, packed, etag } = await this.#load(file.name);
    const headers = { 'content-type': file.type, 'cache-control': 'no-cache', etag, vary: 'accept-encoding' };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    if (!acceptsGzip(request)) sendBytes(request, response, 200, plain, headers);
    else sendBytes(request, response, 200, packed, { ...headers, 'content-encoding': 'gzip' });
  }

  #load(name: string): Promise<Asset> {
    let asset = this.#assets.get(name);
    if (asset === undefined) {
      asset = read(join(this.#folder, name));
      this.#assets.set(name, asset);
      asset.catch(() => this.#assets.delete(name));
    }
    return asset;
  }
}

async function read(path: string): Promise<Asset> {
  let plain: Buffer;
  try {
    plain = await readFile(path);
  } catch {
    throw new HttpError(404, NOT_BUILT);
  }
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  return { plain, packed: await compress(plain), etag: `"${hash}"` };
}
