import { expect, test } from 'vitest';
import { openPage, startDemo, useBrowser } from './browser.js';

useBrowser();

const SOON = { timeout: 40_000 };

test('a page whose server is gone keeps what it has, shows it as old, and continues with the next server', async () => {
  const first = await startDemo();
  const { page } = await openPage(first.port);
  await page.locator('.p-mem canvas').first().waitFor();
  await first.close();

  await page.locator('.livedot.lost').waitFor(SOON);
  await page.getByText('The server does not answer').waitFor(SOON);
  expect(await page.locator('section.gpu').count()).toBe(2);

  await startDemo({ port: first.port, gpus: 3 });
  await page.locator('.livedot.live').waitFor(SOON);
  await expect.poll(() => page.locator('section.gpu').count(), SOON).toBe(3);
});

test('follows a change of the range with a new snapshot', async () => {
  const demo = await startDemo();
  const { page, requests } = await openPage(demo.port);
  await page.getByRole('button', { name: '1 h' }).click();

  await page.getByText('60 min ago').first().waitFor(SOON);
  expect(requests.some((address) => address.includes('stream?range=1h'))).toBe(true);
});
