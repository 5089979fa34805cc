// `node scripts/release/notes.mjs TAG`: prints the notes on a release from CHANGELOG.md.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Returns the section of a version, without its heading.
 *
 * @param {string} changelog text of CHANGELOG.md
 * @param {string} version
 * @returns {string}
 * @throws {Error} if there is no such section, it is empty, or its heading still calls it unreleased
 */
export function releaseNotes(changelog, version) {
  const section = changelog
    .split(/^## /m)
    .slice(1)
    .find((text) => /^\S+/.exec(text)?.[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version}".`);
  const [heading = '', ...lines] = section.split('\n');
  if (/unreleased/i.test(heading)) {
    throw new Error(`CHANGELOG.md has the heading "${heading}". Replace "unreleased" by the date.`);
  }
  const notes = lines.join('\n').trim();
  if (notes === '') throw new Error(`Section "## ${version}" of CHANGELOG.md is empty.`);
  return notes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
  console.log(releaseNotes(changelog, (process.argv[2] ?? '').replace(/^v/, '')));
}
