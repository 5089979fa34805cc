import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Demo, openPage, startDemo, useBrowser } from './browser.js';

useBrowser();

const SOON = { timeout: 30_000 };
const THEMES = ['light', 'dark'] as const;
const WIDTHS = [375, 1440];
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

interface State {
  readonly name: string;
  readonly options?: Parameters<typeof startDemo>[0];
  readonly hash?: string;
  readonly prepare?: (demo: Demo, page: Page) => Promise<unknown>;
}

const STATES: readonly State[] = [
  { name: 'healthy' },
  { name: 'no GPU', options: { gpus: 0 } },
  { name: '16 GPUs', options: { gpus: 16 } },
  { name: 'one GPU of 16', options: { gpus: 16 }, hash: '#/gpu/cuda:3' },
  {
    name: 'OOM',
    hash: '#/error',
    prepare: (demo, page) => {
      demo.faults.oom();
      return page.locator('.oleg').waitFor(SOON);
    },
  },
  {
    name: 'faults',
    prepare: (demo, page) => {
      demo.faults.openBreaker();
      demo.faults.killExporter();
      demo.faults.loseGpu();
      return page.locator('.badge.bad', { hasText: 'Lost' }).waitFor(SOON);
    },
  },
  {
    name: 'traces',
    hash: '#/trace',
    prepare: (_, page) => page.locator('.wfrow[aria-level]').first().waitFor(SOON),
  },
  { name: 'events', hash: '#/events', prepare: (_, page) => page.locator('#event-list').waitFor(SOON) },
  { name: 'delivery', hash: '#/delivery' },
  {
    name: 'paused, with help',
    prepare: (_, page) => page.keyboard.press('p').then(() => page.keyboard.press('?')),
  },
];

test.each(STATES)(
  'axe-core finds nothing in state $name, in both themes, on phone and desktop',
  async (state) => {
    const demo = await startDemo(state.options);
    for (const colorScheme of THEMES) {
      for (const width of WIDTHS) {
        const { page } = await openPage(demo.port, state.hash, {
          viewport: { width, height: 900 },
          colorScheme,
        });
        await state.prepare?.(demo, page);
        expect(await violations(page), `${colorScheme}, ${width} px`).toEqual([]);
        await page.context().close();
      }
    }
  },
);

/** Runs axe-core within the page: its content security policy bars a script tag. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const result = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return result.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
    );
  });
}

test('never scrolls sideways, and its targets are large enough, from 320 to 2560 px', async () => {
  const demo = await startDemo();
  demo.faults.oom();
  const { page } = await openPage(demo.port);
  await page.locator('.oleg').waitFor(SOON);
  for (const width of [320, 375, 600, 768, 1024, 1280, 1440, 1920, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    const { excess, small } = await page.evaluate(() => ({
      excess: document.documentElement.scrollWidth - innerWidth,
      small: [...document.querySelectorAll<HTMLElement>('button, a, input, [role=option]')]
        .filter((element) => element.checkVisibility() && element.getBoundingClientRect().width > 2)
        .filter((element) => element.getBoundingClientRect().height < 24)
        .map((element) => `${element.tagName} ${element.className} ${element.textContent}`),
    }));
    expect(excess, `${width} px`).toBeLessThanOrEqual(0);
    expect(small, `${width} px`).toEqual([]);
  }
});

test('nothing moves for users who prefer reduced motion', async () => {
  const demo = await startDemo();
  const moving = async (reducedMotion: 'reduce' | 'no-preference') => {
    const { page } = await openPage(demo.port, '', { reducedMotion });
    await page.locator('.livedot.live').waitFor();
    return page.evaluate(() => document.getAnimations().length);
  };
  expect(await moving('no-preference')).toBeGreaterThan(0);
  expect(await moving('reduce')).toBe(0);
});

test('the tabs of a phone show one part of the page each', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port, '', { viewport: { width: 375, height: 812 } });
  await page.locator('section.gpu').first().waitFor();
  const tabs = page.getByRole('navigation', { name: 'Sections' });
  for (const [tab, shown] of [
    ['Traces', '#traces'],
    ['Errors', '#errors'],
    ['Events', '#events'],
    ['Delivery', '#delivery'],
  ] as const) {
    await tabs.getByRole('link', { name: tab }).click();
    await page.locator(shown).waitFor();
    expect(await page.locator('section.gpu').first().isVisible()).toBe(false);
  }
  await tabs.getByRole('link', { name: 'Now' }).click();
  await page.locator('section.gpu').first().waitFor();
});
