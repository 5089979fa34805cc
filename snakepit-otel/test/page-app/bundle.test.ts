import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const FILES = ['index.html', 'app.js', 'app.css', 'icon.svg'];
const read = (name: string) => readFileSync(new URL(`../../dist/page/${name}`, import.meta.url), 'utf8');

test('the page weighs less than 90 kB', () => {
  const bytes = FILES.reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);
  expect(bytes).toBeLessThan(90_000);
});

test('the page has no inline script, no inline style, and no address of another server', () => {
  const html = read('index.html');
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
  expect(html).not.toMatch(/https?:/);
  expect(read('app.css')).not.toMatch(/url\(|@import/);
  expect(read('app.js')).not.toMatch(/\beval\(|new Function\(/);
});

test('the licenses of everything in the bundle come with it', () => {
  const notices = read('NOTICES.txt');
  for (const name of ['preact', '@preact/signals', '@preact/signals-core', 'uplot'])
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
  expect(notices.match(/Permission is hereby granted/g)).toHaveLength(4);
});
