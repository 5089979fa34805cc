// What the doc comments of options say, against what is done.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { PROFILER_SETTINGS } from '../../../src/gpu/profiler-options.js';
import { SETTINGS } from '../../src/sdk/settings.js';

interface Told {
  readonly default: string | undefined;
  readonly env: string | undefined;
}

/** Defaults and variables in the doc comments of an interface, by dotted name: fields of its groups are fields too. */
function documented(file: string, name: string): Record<string, Told> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const interfaces = new Map(
    source.statements.filter(ts.isInterfaceDeclaration).map((each) => [each.name.text, each] as const),
  );
  const fieldsOf = (of: string, prefix: string): [string, Told][] =>
    (interfaces.get(of)?.members ?? []).flatMap((member): [string, Told][] => {
      const field = `${prefix}${member.name?.getText()}`;
      const type = ts.isPropertySignature(member) ? `${member.type?.getText()}` : '';
      if (interfaces.has(type)) return fieldsOf(type, `${field}.`);
      const comment = ts.getJSDocCommentsAndTags(member).map((part) => part.getText());
      return [[field, { default: told(comment, /@default (.+)/), env: told(comment, /Env: (\w+)/) }]];
    });
  return Object.fromEntries(fieldsOf(name, ''));
}

const told = (comment: readonly string[], what: RegExp): string | undefined =>
  comment.map((part) => what.exec(part)?.[1]).find((found) => found !== undefined);

const asWritten = (fallback: unknown): string =>
  fallback === undefined ? 'none' : JSON.stringify(fallback).replaceAll('"', "'");

describe.each([
  ['snakepit-otel/src/sdk/options.ts', 'TelemetrySettings', SETTINGS],
  ['src/gpu/profiler-options.ts', 'GpuProfilerOptions', PROFILER_SETTINGS],
])('%s', (file, name, settings) => {
  const comments = documented(file, name);

  test('has a field for every setting, and no other', () => {
    expect(Object.keys(comments).toSorted()).toEqual(Object.keys(settings).toSorted());
  });

  test.each(Object.entries(settings))(
    '%s: the default and the variable are as documented',
    (field, setting) => {
      // What follows the default is a remark: `'libnvidia-ml.so.1' ('nvml.dll' on Windows)`, `none: …`.
      expect(comments[field]?.default?.replace(/(?: \(|: ).*/, '')).toBe(asWritten(setting.default));
      expect(comments[field]?.env).toBe(setting.env);
    },
  );
});
