import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Returns the folder of the page: both builds have it beside theirs. A bundle has none beside it, and uses that of the package that the
 * program finds. A CommonJS file, because both builds need `__dirname`, which a bundler may leave undefined.
 */
export function assetsFolder(): string {
  const beside = typeof __dirname === 'string' ? join(__dirname, '..', '..', '..', 'page') : '';
  const [, program] = process.argv;
  if (existsSync(beside) || program === undefined) return beside;
  try {
    return join(dirname(createRequire(program).resolve('snakepit-otel')), '..', 'page');
  } catch {
    return beside;
  }
}
