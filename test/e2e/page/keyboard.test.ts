import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openPage, startDemo, useBrowser } from './browser.js';

useBrowser();

const SOON = { timeout: 30_000 };

/** Describes the element that has the focus; empty if none has. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return '';
    return `${element.tagName} ${element.id} ${element.getAttribute('aria-label') ?? element.textContent?.slice(0, 40)}`;
  });
}

test('Tab reaches every control in turn, each with a visible focus, and is never trapped', async () => {
  const demo = await startDemo();
  demo.faults.oom();
  const { page } = await openPage(demo.port);
  await page.getByText('Copy report').waitFor(SOON);
  await page.keyboard.press('p');

  const seen: string[] = [];
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press('Tab');
    const name = await focused(page);
    if (name === '' || name === seen[0]) break;
    seen.push(name);
    const isVisible = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const after = getComputedStyle(element, '::after');
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || after.outlineStyle !== 'none';
    });
    expect(isVisible, name).toBe(true);
  }

  expect(seen.length).toBeGreaterThan(20);
  expect(seen.length).toBeLessThan(80);
  for (const part of [
    'Skip to content',
    'Resume',
    'trace-list',
    'waterfall',
    'event-list',
    'event-search',
    'Copy report',
  ])
    expect(
      seen.some((name) => name.includes(part)),
      part,
    ).toBe(true);
});

test('keys select traces and spans, fold spans, and open the help', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  await page.locator('.wfrow[aria-level]').first().waitFor(SOON);
  await page.keyboard.press('p');

  await page.keyboard.press('t');
  await expect.poll(() => focused(page)).toContain('trace-list');
  const selected = () => page.locator('#trace-list [aria-selected=true]').getAttribute('aria-posinset');
  await page.keyboard.press('Home');
  await expect.poll(selected).toBe('1');
  await page.keyboard.press('j');
  await expect.poll(selected).toBe('2');
  await page.keyboard.press('ArrowUp');
  await expect.poll(selected).toBe('1');

  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page)).toContain('waterfall');
  const rows = page.locator('#waterfall .wfrow[aria-level]');
  await expect.poll(() => rows.count()).toBe(8);
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => rows.count()).toBe(1);
  expect(await rows.first().getAttribute('aria-expanded')).toBe('false');
  await page.keyboard.press('l');
  await expect.poll(() => rows.count()).toBe(8);

  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('keys change range, theme and search, and can be switched off', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port, '', { colorScheme: 'dark' });
  const pressed = () => page.locator('.top .seg [aria-pressed=true]').textContent();
  await page.keyboard.press('[');
  await expect.poll(pressed).toBe('5 m');
  await page.keyboard.press('m');
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light');
  await page.keyboard.press('/');
  await expect.poll(() => focused(page)).toContain('event-search');
  await page.keyboard.type('pm');
  expect(await page.locator('#event-search').inputValue()).toBe('pm');

  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('checkbox', { name: 'Use these keys' }).uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('m');
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light');
});

test('arrow keys move the cursor of a chart, whose values a live region announces, and a table has them', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  const chart = page.getByRole('img', { name: /cuda:0 memory by process/ });
  await chart.locator('canvas').waitFor(SOON);
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');

  await expect
    .poll(() => page.locator('p[aria-live=polite]').textContent(), SOON)
    .toMatch(/\d\d:\d\d:\d\d: \d+\.\d GiB/);
  await page.getByRole('button', { name: 'Readings of cuda:0 as a table' }).press('Enter');
  const table = page.getByRole('table', { name: 'Readings of cuda:0' });
  expect(await table.locator('tbody tr').count()).toBeGreaterThan(5);
});
