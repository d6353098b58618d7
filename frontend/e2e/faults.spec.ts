import type { Page, Request, Route } from '@playwright/test';
import { expect, PAGES, settled, signIn, SLACK, test } from './fixtures';

const problem = (status: number, detail: string) => (route: Route) => route.fulfill({ status, contentType: 'application/problem+json', headers: { 'retry-after': '1' }, body: JSON.stringify({ type: 'about:blank', title: 'Refused', status, detail, instance: '/', request_id: 'r1' }) });
const answer = (contentType: string, body: string) => (route: Route) => route.fulfill({ contentType, body });
const late = async (route: Route) => {
  await new Promise((done) => setTimeout(done, 6_500));
  await route.continue().catch(() => undefined); // the page may have given up
};

/** What happens to every request, and the words by which the page admits it. */
const FAULTS: [string, (route: Route) => Promise<void>, RegExp][] = [
  ['stopped', (route) => route.abort('connectionrefused'), /Offline|Server not reached/],
  ['slow', late, /has not answered yet|Asking|Signing out|decision waits|connecting/],
  ['401', problem(401, 'the session has ended'), /Sign in|API key/],
  ['429', problem(429, 'slow down'), /slow down/],
  ['500', problem(500, 'the reason is in the log'), /the reason is in the log/],
  ['another program', answer('text/html', '<!doctype html><h1>It works!</h1>'), /Unreadable answer/],
  ['another contract', answer('application/json', '{"unexpected": [1]}'), /Unreadable answer|cannot be shown|another shape|reconnecting/],
];

/** What somebody does on each page. */
const ACTIONS: Record<string, (page: Page) => Promise<void>> = {
  '/': (page) => page.getByRole('button', { name: 'Last 7 days' }).click(),
  '/analyze/': async (page) => {
    await page.getByRole('textbox', { name: /^Tweet/ }).fill('$TSLA beats');
    await page.getByRole('button', { name: 'Analyze' }).click();
  },
  '/models/': (page) => page.getByRole('tab', { name: 'Leaderboard' }).click(),
  '/review/': (page) => page.keyboard.press('1'),
  '/live/': async (page) => {
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Start' }).click();
  },
  '/settings/': (page) => page.getByRole('button', { name: 'Sign out' }).click(),
};

/** What each page shows when all is well again. */
const WELL: Record<string, (page: Page) => Promise<void>> = {
  '/': (page) => expect(page.getByText('Net sentiment over time')).toBeVisible(),
  '/analyze/': (page) => expect(page.getByRole('textbox', { name: /^Tweet/ })).toBeEnabled(),
  '/models/': (page) => expect(page.getByRole('table').first()).toBeVisible(),
  '/review/': (page) => expect(page.getByTestId('tweet')).toBeVisible(),
  '/live/': (page) => expect(page.getByTestId('state')).toHaveText('live'),
  '/settings/': (page) => expect(page.getByText(/Signed in as|API key/).first()).toBeVisible(),
};

const API = '**/api/v1/**';
const SOON = 5_000 * Math.min(SLACK, 3);

async function isWell(page: Page, url: string): Promise<void> {
  await WELL[url]!(page);
  await expect(page.getByText(/Server not reached|slow down|reason is in the log|Unreadable answer|cannot be shown|Data from/)).toHaveCount(0);
}

/** Whoever was signed out signs in again, on the same page. */
async function enterKey(page: Page): Promise<void> {
  await page.getByLabel(/API key/).fill(process.env.TWEETSENT_E2E_KEY ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByLabel(/API key/)).toHaveCount(0);
}

/** Starts to count what a page asks for; and ends it when called: requests to each address in the first five seconds. */
function requestsOf(page: Page): () => { name: string; n: number }[] {
  const counts = new Map<string, number>();
  const begun = Date.now();
  const count = (request: Request) => {
    const name = `${request.method()} ${new URL(request.url()).pathname}`;
    if (name.includes('/api/') && Date.now() - begun < 5_000) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  page.on('request', count);
  return () => {
    page.off('request', count);
    return [...counts].map(([name, n]) => ({ name: `${name} from ${new URL(page.url()).pathname}`, n }));
  };
}

for (const [name, fault, says] of FAULTS) {
  test(`${name}: each page says so within 5 s, asks at most 3 times, and recovers without a reload`, async ({ context }) => {
    test.setTimeout(120_000);
    const walk = async (url: string) => {
      const own = await context.browser()!.newContext({ baseURL: test.info().project.use.baseURL });
      const tab = await own.newPage();
      await signIn(tab, undefined, undefined, url === '/settings/'); // there it is ended
      const thrown: string[] = [];
      tab.on('pageerror', (error) => thrown.push(String(error)));

      await tab.route(API, fault); // there from the beginning
      const opening = requestsOf(tab);
      await tab.goto(url);
      await expect(tab.getByText(says).filter({ visible: true }).first(), `${url} opened`).toBeVisible({ timeout: SOON });
      const opened = opening(); // what is asked after that is the recovery
      if (name === '401') await own.clearCookies(); // the session has really ended: the page cannot recover by itself
      await tab.unroute(API);
      if (name === '401') await enterKey(tab);
      await isWell(tab, url);

      await settled(tab); // a request still on its way would end the session before anybody does anything
      await tab.route(API, fault); // and in the middle of the work
      const acting = requestsOf(tab);
      await ACTIONS[url]!(tab);
      await expect(tab.getByText(says).filter({ visible: true }).first(), `${url} in use`).toBeVisible({ timeout: SOON });
      expect(await tab.locator('main').innerText()).not.toBe('');
      await tab.waitForTimeout(1_500);
      const counted = [...opened, ...acting()];
      if (name === '401') return (await own.close(), counted); // entering a key was tried above, and the server limits how often one may
      await tab.unroute(API);
      const retry = tab.getByRole('button', { name: 'Retry' }).first();
      if (await retry.isVisible()) await retry.click({ timeout: 5_000 }).catch(() => undefined); // what was asked for once is not asked again by itself; the rest may have recovered meanwhile
      await isWell(tab, url);
      await own.close();
      expect(thrown, url).toEqual([]);
      return counted;
    };
    const counted = [...(await Promise.all(PAGES.slice(0, 3).map(walk))), ...(await Promise.all(PAGES.slice(3).map(walk)))].flat(); // six at once would measure the machine
    const most = counted.reduce((a, b) => (b.n > a.n ? b : a));
    console.log(`    ${name}: at most ${most.n} requests to one address in 5 s (limit 3): ${most.name}`);
    expect(most.n, most.name).toBeLessThanOrEqual(3);
  });
}
