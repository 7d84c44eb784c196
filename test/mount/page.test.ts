import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/clients.js';
import { debridfs, DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, run } from '../support/mount-harness.js';

const root = join(import.meta.dirname, '../..');
/** Where the README finds them; written only when asked, since no two browsers draw the same bytes. */
const pictures = process.env['WRITE_SCREENSHOTS'] === undefined ? null : join(root, 'docs/images');
const film = 'Sintel (2010) - [1080p BluRay x264-DURIAN].mkv';

describe('the status page', { timeout: 120_000 }, () => {
  let folder: string;
  let mountpoint: string;
  let demo: DebridfsProcess;
  let configuration: string;
  let url: string;
  let browser: Browser | null = null;
  const wrong: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debridfs-page-test-'));
    mountpoint = pictures === null ? join(folder, 'mnt') : '/mnt/debrid';
    demo = new DebridfsProcess(['demo', mountpoint]);
    await demo.line(`ready: ${mountpoint}`);
    configuration = /--config (\S+)/.exec(await demo.line('add --buy'))?.[1] ?? '';
    const status = await debridfs(['--config', configuration, 'status', '--json']);
    url = (JSON.parse(status.output) as { readonly server: string }).server;
  });
  afterAll(async () => {
    await browser?.close();
    await demo.end('SIGTERM').catch(() => demo.end('SIGKILL'));
    if (await isMounted(mountpoint)) await run('fusermount3', '-uz', mountpoint);
    await rm(folder, { recursive: true });
  });

  /** A page that tells of everything that goes wrong in it, and of every request that leaves this machine's server. */
  async function open(options: { readonly dark?: boolean; readonly phone?: boolean } = {}): Promise<Page> {
    browser ??= await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    const page = await browser.newPage({
      viewport: options.phone === true ? { width: 390, height: 844 } : { width: 1200, height: 900 },
      colorScheme: options.dark === true ? 'dark' : 'light',
    });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text());
    });
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) wrong.push(`it asked for ${request.url()}`);
    });
    await page.goto(url);
    await page.getByRole('heading', { name: 'rd real-debrid' }).waitFor();
    return page;
  }

  it('tells how everything is, live, without anything from elsewhere', async (context) => {
    await needs(context, 'chromium', 'chromium');
    const page = await open();
    await page.getByText(`Mounted at ${mountpoint}`).waitFor();
    for (const name of ['rd real-debrid', 'ad alldebrid', 'tb torbox', 'portal storage-portal'])
      expect(await page.getByRole('heading', { name }).count(), name).toBe(1);
    expect(await page.locator('.uplot').count()).toBe(3);
    // A player opens a film, and ends.
    const reading = run(
      'sh',
      '-c',
      'exec 3<"$1"; head -c 1000 <&3 >/dev/null; sleep 6',
      'sh',
      join(mountpoint, 'movies/Sintel (2010)', film),
    );
    const row = page.getByRole('row').filter({ hasText: `movies/Sintel (2010)/${film}` });
    await row.waitFor();
    // The kernel reads ahead, and so does debridfs: all of this small film is there.
    await row.getByText(/^\d+\.\d kB$/).waitFor();
    await reading;
    await page.getByText('None.').first().waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('shows bars while it is found out what an account holds', async (context) => {
    await needs(context, 'chromium', 'chromium');
    const page = await open();
    const status = (await (await fetch(`${url}/api/status`)).json()) as { accounts: { progress: unknown }[] };
    const [first, second] = status.accounts;
    if (first === undefined || second === undefined) throw new Error('It has no two accounts.');
    first.progress = { stage: 'files', known: 1500, items: 6000, perSecond: 4.08, leftMs: 1_080_000 };
    second.progress = { stage: 'lists', sinceMs: Date.now() - 5_000 };
    await page.route('**/api/events', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: `data: ${JSON.stringify(status)}\n\n` }),
    );
    await page.reload();
    await page.getByText('1,500 of 6,000 items known, 4.1 a second, all of them in 18 min').waitFor();
    const bar = page.getByRole('progressbar', { name: 'what is known of rd' });
    expect(await bar.getAttribute('value')).toBe('1500');
    expect(await bar.getAttribute('max')).toBe('6000');
    await page.getByText(/being asked for its lists, begun \d+ s ago/).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('comes back by itself after the error of a proxy before it', async (context) => {
    await needs(context, 'chromium', 'chromium');
    const page = await open();
    let refusals = 0;
    await page.route('**/api/events', (route) => {
      refusals += 1;
      return refusals < 3 ? route.fulfill({ status: 502, body: 'Bad gateway' }) : route.continue();
    });
    await page.reload();
    await page.getByText('debridfs does not answer; trying again…').waitFor();
    await page.getByText(`Mounted at ${mountpoint}`).waitFor();
    expect(refusals).toBe(3);
    expect(wrong.filter((text) => !text.includes('502'))).toEqual([]);
    wrong.splice(0);
    await page.close();
  });

  it('tells times by the clock of the server where that of the browser is wrong', async (context) => {
    await needs(context, 'chromium', 'chromium');
    const page = await open();
    await page.clock.setSystemTime(Date.now() + 7 * 86_400_000);
    await page.reload();
    await page.getByText(`Mounted at ${mountpoint}`).waitFor();
    await page.getByText(/, started \d+ (s|min) ago/).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('is walked through with the keyboard, from a folder to why a file is where it is', async (context) => {
    await needs(context, 'chromium', 'chromium');
    const page = await open();
    for (const name of ['movies/', 'Sintel (2010)/', film]) {
      const entry = page.getByRole('button', { name, exact: true });
      await entry.waitFor();
      await entry.focus();
      await page.keyboard.press('Enter');
    }
    const explained = page.locator('#explained');
    await explained.getByRole('heading', { name: `/movies/Sintel (2010)/${film}` }).waitFor();
    expect(await explained.textContent()).toMatch(/rd holds it|ad holds it/);
    // The first stop of the keyboard leads past the head.
    await page.reload();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('has all accounts asked when that is wanted, and tells what came of it', async (context) => {
    await needs(context, 'chromium', 'chromium');
    const page = await open();
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByRole('button', { name: 'Asking all accounts…' }).waitFor();
    await page.getByRole('button', { name: 'Sync now' }).waitFor({ timeout: 90_000 });
    expect(await page.locator('#syncs').textContent()).toContain('0 added, 0 removed');
    expect(wrong).toEqual([]);
    await page.close();
  });

  it.each([
    ['light', {}],
    ['dark', { dark: true }],
    ['phone', { phone: true }],
  ] as const)('fits into its window, and can be looked at: %s', async (name, options) => {
    if ((await run('which', 'chromium')).code !== 0) throw new Error('apt-get install chromium');
    const page = await open(options);
    const width = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(width).toBe(0);
    const back = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(back).toBe(name === 'dark' ? 'rgb(20, 23, 27)' : 'rgb(246, 247, 249)');
    if (pictures !== null) {
      await mkdir(pictures, { recursive: true });
      const path = join(mountpoint, 'movies/Sintel (2010)', film);
      const reading = run(
        'sh',
        '-c',
        'exec 3<"$1"; for n in 1 2 3 4 5 6 7 8 9; do head -c 20000 <&3; sleep 3; done >/dev/null',
        'sh',
        path,
      );
      await page.waitForTimeout(24_000);
      await page.screenshot({ path: join(pictures, `status-${name}.png`), fullPage: name !== 'phone' });
      await reading;
    }
    expect(wrong).toEqual([]);
    await page.close();
  });
});
