// The live page in Chromium, served by the real server with made load.
import { expect, test } from 'vitest';
import { openPage, startDemo, useBrowser } from './browser.js';

useBrowser();

const SOON = { timeout: 30_000 };

test('loads with few requests, all to its own server, and without complaints of the browser', async () => {
  const demo = await startDemo();
  const { page, requests, complaints } = await openPage(demo.port);

  await page.locator('.p-mem canvas').first().waitFor();
  await page.locator('.wfrow[aria-level]').first().waitFor();

  const beforeFirstChart = await page.evaluate(() => {
    const [mark] = performance.getEntriesByName('first-chart');
    const resources = performance.getEntriesByType('resource');
    return 1 + resources.filter(({ startTime }) => startTime < (mark?.startTime ?? 0)).length;
  });
  expect(beforeFirstChart).toBeGreaterThan(1);
  expect(beforeFirstChart).toBeLessThanOrEqual(6);
  expect(requests.length).toBeLessThanOrEqual(7);
  expect(new Set(requests.map((address) => new URL(address).origin))).toEqual(
    new Set([`http://127.0.0.1:${demo.port}`]),
  );
  expect(await page.title()).toContain('gpu-node-07');
  expect(complaints).toEqual([]);
});

test('shows new readings and traces as they come', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  const traces = page.locator('#traces > header .dim');
  const kept = async () => Number((await traces.textContent())?.replace(/\D/g, ''));
  const before = await kept();
  const power = page.locator('.gpu .mval').nth(1);
  const powerBefore = await power.textContent();

  await expect.poll(kept, SOON).toBeGreaterThan(before);
  await expect.poll(() => power.textContent(), SOON).not.toBe(powerBefore);
});

test('shows an OOM as a problem, with the processes that held the memory, and its trace', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  demo.faults.oom();

  const problem = page.getByRole('link', { name: /Out of memory on cuda:1/ });
  await problem.waitFor(SOON);
  await problem.click();
  const errors = page.locator('#errors');
  await errors.getByRole('img', { name: /Memory of cuda:1 at the error/ }).waitFor(SOON);
  const legend = await errors.locator('.oleg').textContent();
  expect(legend).toContain('llm_worker_1');
  expect(legend).toContain('free');
  expect(await errors.textContent()).toMatch(/Requested 2\.4 GiB; 1\.3 GiB of 79\.6 was free/);
  await page.locator('.gpu .badge', { hasText: 'Out of memory' }).waitFor(SOON);
});

test('shows a trace as a waterfall whose first track is the GPU', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  demo.faults.oom();
  await page.getByRole('button', { name: /^Errors \d/ }).click(SOON);
  await page
    .getByRole('option', { name: /POST \/v1\/generate/ })
    .first()
    .click(SOON);

  const grid = page.getByRole('treegrid');
  await expect.poll(() => grid.locator('.wfrow[aria-level]').count(), SOON).toBe(8);
  expect(await grid.locator('[role=row]').nth(1).getAttribute('class')).toContain('lane');
  await grid.locator('.lane canvas').waitFor(SOON);
  expect(await grid.locator('.wfrow', { hasText: 'decode' }).locator('u.bad').count()).toBe(1);
  const bar = await grid.locator('.wfrow', { hasText: 'prefill' }).locator('.track b').boundingBox();
  const track = await grid.locator('.wfrow', { hasText: 'prefill' }).locator('.track').boundingBox();
  expect((bar?.width ?? 0) / (track?.width ?? 1)).toBeCloseTo(0.25, 1);

  await grid.locator('.wfrow', { hasText: 'decode' }).click();
  expect(page.url()).toMatch(/#\/trace\/[0-9a-f]{32}\/[0-9a-f]{16}\?range=15m$/);
  await page.getByRole('region', { name: 'Span decode' }).waitFor();
});

test('shows a breaker that opens', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  const row = page.locator('#breakers li', { hasText: 'llm' });
  await row.locator('.badge.ok').waitFor(SOON);

  demo.faults.openBreaker();

  await row.locator('.badge.bad', { hasText: 'open' }).waitFor(SOON);
  await row.getByRole('img', { name: 'llm: closed, then open' }).waitFor(SOON);
  expect(await row.textContent()).toContain('31 rejected');
});

test('shows a GPU that is lost, and one that is back', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  const card = page.locator('section.gpu').nth(1);
  demo.faults.loseGpu();
  await card.locator('.badge.bad', { hasText: 'Lost' }).waitFor(SOON);
  expect(await card.getAttribute('class')).toContain('stale');

  demo.faults.returnGpu();
  await card.locator('.badge', { hasText: 'Lost' }).waitFor({ state: 'detached', ...SOON });
});

test('shows an exporter that does not deliver, with its error', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  demo.faults.killExporter();

  await page.locator('footer .dl.failing', { hasText: 'Logs' }).waitFor(SOON);
  expect(await page.locator('#delivery li.failing').textContent()).toContain('connection refused');
});

test('without GPUs, shows what each source answered and how to send the first span', async () => {
  const demo = await startDemo({ gpus: 0 });
  const { page } = await openPage(demo.port);

  const gpus = page.locator('#gpus');
  expect(await gpus.textContent()).toContain('libnvidia-ml.so.1 was not found');
  expect(await gpus.textContent()).toContain('snakepit-otel doctor');
});

test('more than four GPUs are tiles, and the address opens the card of one', async () => {
  const demo = await startDemo({ gpus: 16 });
  const { page } = await openPage(demo.port, '#/gpu/cuda:7');

  expect(await page.locator('.tile').count()).toBe(16);
  await page.locator('#card-cuda\\:7 .p-mem canvas').waitFor(SOON);
  await page.getByRole('link', { name: 'cuda:3' }).click();
  await page.locator('#card-cuda\\:3').waitFor(SOON);
});

test('a paused page takes messages without showing them', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  const kept = page.locator('#traces > header .dim');
  await page.getByRole('button', { name: /Pause/ }).click();
  const shown = await kept.textContent();
  await page.locator('.livedot', { hasText: /Paused, [1-9]\d* new/ }).waitFor(SOON);
  expect(await kept.textContent()).toBe(shown);

  await page.getByRole('button', { name: /Resume/ }).click();
  await expect.poll(() => kept.textContent(), SOON).not.toBe(shown);
});

test('finds events by words and level, and takes the search from the address', async () => {
  const demo = await startDemo();
  demo.faults.openBreaker();
  const { page } = await openPage(demo.port, '#/events?q=circuit_breaker');
  const rows = page.locator('#event-list [role=option] b');
  await rows.first().waitFor(SOON);
  expect(new Set(await rows.allTextContents()).size).toBeGreaterThan(0);
  for (const name of await rows.allTextContents()) expect(name).toContain('circuit_breaker');

  await page.locator('#events').getByRole('button', { name: 'Warnings' }).click();
  await page
    .getByRole('option', { name: /circuit_breaker\.opened/ })
    .first()
    .click();
  await page.getByRole('region', { name: /Event snakepit\.circuit_breaker\.opened/ }).waitFor();
});

test('foreign text is shown as text', async () => {
  const demo = await startDemo();
  const { page, complaints } = await openPage(demo.port);
  const hostile = '<img src=x onerror=alert(1)>"\'&amp;\u202e\u0000';
  const span = demo.tracer.startSpan(hostile, { attributes: { [hostile]: hostile } });
  span.addEvent(hostile, { [hostile]: hostile });
  span.setStatus({ code: 2, message: hostile });
  span.end();

  await page.getByRole('button', { name: /^Errors \d/ }).click(SOON);
  await page.getByRole('option', { name: /<img src=x onerror/ }).click(SOON);
  const row = page.locator('.wfrow[aria-level]', { hasText: '<img src=x' });
  await row.click(SOON);
  await page.getByRole('region', { name: /Span <img/ }).waitFor(SOON);
  expect(await page.locator('img').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('the address of a paused page shows the same range and moment elsewhere, until it is resumed', async () => {
  const demo = await startDemo();
  const { page } = await openPage(demo.port);
  await page.getByRole('button', { name: '5 m', exact: true }).click();
  await page.getByText('5 min ago').first().waitFor(SOON);
  await page.locator('.wfrow[aria-level]').first().click(SOON);
  await page.getByRole('button', { name: /Pause/ }).click();
  const kept = async (shown: typeof page) =>
    Number.parseInt((await shown.locator('#traces > header .dim').textContent()) ?? '', 10);
  const address = new URL(page.url());
  expect(address.hash).toMatch(/^#\/trace\/[0-9a-f]{32}\/[0-9a-f]{16}\?range=5m&at=\d{13}$/);
  const at = Number(address.hash.slice(-13));
  const later = () =>
    demo.page.store.traces.heads.filter(({ start }: { readonly start: number }) => start > at).length;
  await expect.poll(later, SOON).toBeGreaterThan(2);

  const other = await openPage(demo.port, address.hash);

  await other.page.locator('.livedot', { hasText: /Paused at \d\d:\d\d:\d\d/ }).waitFor(SOON);
  expect(other.requests.filter((url) => url.includes('/stream'))).toEqual([]);
  await other.page.getByText('5 min ago').first().waitFor(SOON);
  const shown = await kept(other.page);
  expect(shown).toBeGreaterThanOrEqual(await kept(page));
  expect(shown).toBeLessThanOrEqual(demo.page.store.traces.heads.length - later());
  await other.page.locator('.wfrow[aria-selected=true]').waitFor(SOON);
  await other.page.getByRole('link', { name: 'Delivery' }).first().click();
  await expect.poll(() => new URL(other.page.url()).hash).toMatch(/\?range=5m&at=\d{13}$/);

  await other.page.keyboard.press('p');
  await other.page.locator('.livedot.live').waitFor(SOON);
  await expect.poll(() => new URL(other.page.url()).hash).toMatch(/\?range=5m$/);
});
