import { spawnSync } from 'node:child_process';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeEach, onTestFinished } from 'vitest';
import { startPageDemo } from '../../../bench/page-load.mjs';

const EXECUTABLES = ['chromium', 'chromium-browser', 'google-chrome'];
const executable = EXECUTABLES.find((name) => spawnSync(name, ['--version']).status === 0);
const path = executable && spawnSync('which', [executable], { encoding: 'utf8' }).stdout.trim();

/** Reason for which tests in a browser are skipped; `undefined` if they run. CI treats tests skipped for this as failed. */
const noBrowser = path ? undefined : 'chromium is not installed (Debian: apt-get install chromium)';

let browser: Promise<Browser> | undefined;

/** Skips the tests of a file if there is no browser, and closes the browser after them. */
export function useBrowser(): void {
  beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser));
  afterAll(async () => {
    await (await browser)?.close();
  });
}

export type Demo = Awaited<ReturnType<typeof startPageDemo>>;

/** Starts the real server, with made load that runs until the end of the test. */
export async function startDemo(options: Parameters<typeof startPageDemo>[0] = {}): Promise<Demo> {
  const demo = await startPageDemo({ hasFaults: false, historySeconds: 300, ...options });
  onTestFinished(() => demo.close());
  return demo;
}

/** A page that is open in the browser, and what it did. */
export interface OpenPage {
  readonly page: Page;
  /** Complaints of the console, such as those of the content security policy, and uncaught errors. */
  readonly complaints: string[];
  /** Addresses that the page has requested. */
  readonly requests: string[];
}

/** Opens the page of a server, and waits for its first data. */
export async function openPage(
  port: number,
  hash = '',
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  browser ??= chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  const context = await (await browser).newContext({ viewport: { width: 1440, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`http://127.0.0.1:${port}/${hash}`, { waitUntil: 'commit' });
  await page.locator('main h2').first().waitFor({ state: 'attached' });
  return { page, complaints, requests };
}
