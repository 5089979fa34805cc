import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Outputs of a source file, and the source that they come from: `.d.ts` of `.ts`, `.js` of `.ts`, the same for `.cts`. */
const OUTPUT = /(?:\.d)?\.(c?)(?:js|ts)(?:\.map)?$/;

/**
 * Deletes the outputs whose source is gone: an incremental build leaves them, and a package would contain them.
 *
 * @param {string} source folder of the sources
 * @param {string} output folder of the outputs, with the same tree
 * @param {(path: string) => boolean} [isGenerated] true for an output that has no source. The path is relative to the folder
 * @returns {string[]} the deleted files
 */
export function deleteStaleOutputs(source, output, isGenerated = () => false) {
  if (!existsSync(output)) return [];
  const outputs = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((path) =>
    OUTPUT.test(path),
  );
  const stale = outputs.filter(
    (path) => !isGenerated(path) && !existsSync(join(source, path.replace(OUTPUT, '.$1ts'))),
  );
  for (const path of stale) rmSync(join(output, path));
  return stale;
}
