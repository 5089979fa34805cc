import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of the page from this file in both builds, and from the bundle of the command. */
const PLACES = [
  ['..', '..', '..', 'page'],
  ['..', 'page'],
];
/** Distinguish the folder from another one of its name. */
const FILES = ['app.js', 'NOTICES.txt'];

/**
 * Returns the folder of the page: both builds have it beside theirs. A bundle has none beside it, and uses that of the package that the
 * program finds. A CommonJS file, because both builds need `__dirname`, which a bundler may leave undefined.
 */
export function assetsFolder(): string {
  const places = typeof __dirname === 'string' ? PLACES.map((place) => join(__dirname, ...place)) : [];
  const found = places.find((place) => FILES.every((file) => existsSync(join(place, file))));
  const [beside = ''] = places;
  const [, program] = process.argv;
  if (found !== undefined || program === undefined) return found ?? beside;
  try {
    return join(dirname(createRequire(program).resolve('snakepit-otel')), '..', 'page');
  } catch {
    return beside;
  }
}
