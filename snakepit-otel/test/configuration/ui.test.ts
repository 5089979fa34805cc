import { expect, test } from 'vitest';
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
