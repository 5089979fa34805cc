// Compares the doc comments of options with the settings.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { PROFILER_SETTINGS } from '../../../src/gpu/profiler-options.js';
import { SETTINGS } from '../../src/configuration/settings.js';

interface Documented {
  readonly default: string | undefined;
  readonly env: string | undefined;
}

/** Returns the interfaces of a file, by name. */
const interfacesOf = (file: string) =>
  ts
    .createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
    .statements.filter(ts.isInterfaceDeclaration)
    .map((each) => [each.name.text, each] as const);

/** Returns the defaults and variables in the doc comments of an interface, by dotted name. Descends into groups. */
function documented(files: readonly string[], name: string): Record<string, Documented> {
  const interfaces = new Map(files.flatMap(interfacesOf));
  const fieldsOf = (interfaceName: string, prefix: string): [string, Documented][] =>
    (interfaces.get(interfaceName)?.members ?? []).flatMap((member): [string, Documented][] => {
      const field = `${prefix}${member.name?.getText()}`;
      const type = ts.isPropertySignature(member) ? `${member.type?.getText()}` : '';
      if (interfaces.has(type)) return fieldsOf(type, `${field}.`);
      const comment = ts.getJSDocCommentsAndTags(member).map((part) => part.getText());
      return [[field, { default: findIn(comment, /@default (.+)/), env: findIn(comment, /Env: (\w+)/) }]];
    });
  return Object.fromEntries(fieldsOf(name, ''));
}

const findIn = (comment: readonly string[], pattern: RegExp): string | undefined =>
  comment.map((part) => pattern.exec(part)?.[1]).find((found) => found !== undefined);

const asWritten = (value: unknown): string =>
  value === undefined ? 'none' : JSON.stringify(value).replaceAll('"', "'");

const CONFIGURATION = 'snakepit-otel/src/configuration';

describe.each([
  [
    'TelemetrySettings',
    [`${CONFIGURATION}/options.ts`, `${CONFIGURATION}/exporter-options.ts`],
    SETTINGS,
  ] as const,
  ['GpuProfilerOptions', ['src/gpu/profiler-options.ts'], PROFILER_SETTINGS] as const,
])('%s', (name, files, settings) => {
  const comments = documented(files, name);

  test('has one field per setting', () => {
    expect(Object.keys(comments).toSorted()).toEqual(Object.keys(settings).toSorted());
  });

  test.each(Object.entries(settings))('%s documents its default and its variable', (field, setting) => {
    // Text after the default is a remark: `'libnvidia-ml.so.1' ('nvml.dll' on Windows)`, `none: …`.
    expect(comments[field]?.default?.replace(/(?: \(|: ).*/, '')).toBe(asWritten(setting.default));
    expect(comments[field]?.env).toBe(setting.env);
  });
});
