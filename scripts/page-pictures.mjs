// `npm run pictures`: writes docs/live-view-*.png, pictures of the live page with made data: no GPU was read. Needs chromium, and
// the fonts Inter and JetBrains Mono (Debian: chromium fonts-inter fonts-jetbrains-mono).
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startMadeServer } from './page-pictures/made-server.mjs';

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const LIMIT_BYTES = 300_000;
/** Time of every picture, 12:54:02 in the time zone of the browser. */
const NOW = Date.parse('2026-11-26T12:54:02Z');
const DESKTOP = { width: 1440, height: 984 };

const PICTURES = [
  { name: 'light', options: {}, viewport: DESKTOP, colorScheme: 'light' },
  { name: 'dark', options: {}, viewport: DESKTOP, colorScheme: 'dark' },
  {
    name: '16-gpus',
    options: { gpus: 16 },
    hash: '#/?range=1h',
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
  },
  { name: 'empty', options: { isEmpty: true }, viewport: { width: 1440, height: 560 }, colorScheme: 'dark' },
  { name: 'phone', options: {}, viewport: { width: 375, height: 812 }, colorScheme: 'light', scale: 2 },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
});
for (const picture of PICTURES) await take(picture);
await browser.close();
for (const file of readdirSync(DOCS).filter((name) => name.startsWith('live-view-'))) {
  const { size } = statSync(`${DOCS}${file}`);
  console.log(`${file} ${Math.round(size / 1000)} kB`);
  if (size > LIMIT_BYTES) process.exitCode = 1;
}

async function take({ name, options, hash = '', viewport, colorScheme, scale = 1 }) {
  const server = await startMadeServer({ ...options, now: NOW, tickMs: 0 });
  const context = await browser.newContext({
    viewport,
    colorScheme,
    deviceScaleFactor: scale,
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  await page.goto(`${server.url}${hash}`);
  const wanted = options.isEmpty ? ['.cmd'] : ['.plot canvas', '.wfrow[aria-level]', '.oleg'];
  for (const selector of wanted) await page.locator(selector).first().waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.plot')].every(
      (plot) => plot.querySelector('canvas') !== null || plot.clientHeight === 0,
    ),
  );
  await page.evaluate(() => document.fonts.ready);
  writeFileSync(`${DOCS}live-view-${name}.png`, await page.screenshot());
  await context.close();
  server.close();
}
