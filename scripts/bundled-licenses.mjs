import { readdirSync, readFileSync } from 'node:fs';

/** The folder of a package in the path of one of its files. A module that a plugin makes begins with a null character. */
const PACKAGE_FOLDER = /^[^\0].*node_modules\/(?:@[^/]+\/)?[^/]+/;
/** Length of a long text, in characters. */
const LONG_TEXT = 4096;
const LINE = `${'-'.repeat(80)}\n\n`;

/**
 * Returns names, versions and licenses of the packages that bundles contain. A long text that several packages have,
 * such as that of the Apache license, is there once.
 *
 * @param {readonly string[]} moduleIds paths of the modules in the bundles
 * @returns {string}
 * @throws for a package without a license text
 */
export function bundledLicenses(moduleIds) {
  const folders = new Set(moduleIds.flatMap((id) => PACKAGE_FOLDER.exec(id)?.[0] ?? []));
  const packages = [...folders].map(readLicense).toSorted((a, b) => a.title.localeCompare(b.title, 'en'));
  const groups = new Map();
  for (const { title, text } of packages) {
    const key = text.length < LONG_TEXT ? title : text;
    groups.set(key, { text, titles: new Set([...(groups.get(key)?.titles ?? []), title]) });
  }
  const parts = [...groups.values()].map(({ text, titles }) => `${[...titles].join('\n')}\n\n${text}`);
  return `The files of this folder contain these packages:\n\n${LINE}${parts.join(`\n${LINE}`)}`;
}

function readLicense(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const files = readdirSync(folder).filter((entry) => /^(?:licen[cs]e|notice)(?:\.|$)/i.test(entry));
  if (!files.some((file) => /^licen/i.test(file))) throw new Error(`${name} has no license file`);
  const texts = files.toSorted().map((file) => `${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`);
  return { title: `${name} ${version} (${license})`, text: texts.join('\n') };
}
