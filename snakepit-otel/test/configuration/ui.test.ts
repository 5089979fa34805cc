import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TelemetryOptions } from '../../src/configuration/options.js';
import { resolve } from '../../src/configuration/resolve.js';

const uiOf = (text: string) => resolve({}, { SNAKEPIT_OTEL_UI: text }).settings.ui;

test.each([
  ['true', true],
  ['FALSE', false],
  ['8080', { port: 8080 }],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
  ['[::1]:80', { host: '::1', port: 80 }],
])('the variable %s is read', (text, ui) => {
  expect(uiOf(text)).toEqual(ui);
});

test.each(['yes', '70000', 'http://localhost:80', 'a:b'])(
  'the variable %s is an error that names what is allowed',
  (text) => {
    expect(() => uiOf(text)).toThrow(/SNAKEPIT_OTEL_UI.*true, false, a port, or host:port/);
  },
);

test.each([
  [{ prot: 1 }, /"ui\.prot".*Did you mean "ui\.port"/],
  [{ port: -1 }, /ui\.port.*from 0 to 65535/],
  [{ jaegerUrl: 'javascript:alert(1)' }, /ui\.jaegerUrl.*http/],
  [{ allowHosts: ['gpu:80'] }, /ui\.allowHosts.*without ports/],
])('the option ui %j is an error', (ui, message) => {
  expect(() => resolve({ ui: ui as never }, {})).toThrow(message);
});

test('the page is off by default', () => {
  expect(resolve({}, {}).settings.ui).toBe(false);
});

test('true in code or the variable keeps the settings of the source below', () => {
  const file = temporaryFile(
    'file_format: "1.0"\ninstrumentation/development: { js: { snakepit: { ui: { port: 4400 } } } }\n',
  );
  const settings = (options: TelemetryOptions, environment = {}) =>
    resolve({ ...options, configFile: file }, environment).settings.ui;
  expect(settings({ ui: true })).toEqual({ port: 4400 });
  expect(settings({}, { SNAKEPIT_OTEL_UI: 'true' })).toEqual({ port: 4400 });
  expect(settings({ ui: true }, { SNAKEPIT_OTEL_UI: '4500' })).toEqual({ port: 4500 });
  expect(settings({ ui: { host: '::1' } })).toEqual({ host: '::1' });
  expect(settings({ ui: false })).toBe(false);
  expect(settings({}, { SNAKEPIT_OTEL_UI: 'false' })).toBe(false);
});

function temporaryFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'snakepit-ui-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'telemetry.yaml');
  writeFileSync(file, text);
  return file;
}
