import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type BrowserContext, type Cookie, type Page } from '@playwright/test';

const OF_THE_MACHINE = /ERR_NETWORK_CHANGED/; // a container came or went; the page asks again

/** A page that is signed in, and a test that fails on anything the console reports as an error. */
export const test = base.extend<{ errors: string[] }>({
  errors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && !OF_THE_MACHINE.test(message.text()) && errors.push(`${message.text()} ${message.location().url}`));
      page.on('pageerror', (error) => errors.push(String(error)));
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export const PAGES = ['/', '/analyze/', '/models/', '/review/', '/live/', '/settings/'];

const origin = () => test.info().project.use.baseURL ?? '';

const sessions = new Map<string, Cookie[]>(); // by server and key

/** Signs in: with the session of an earlier test, for the server limits how often one may enter a key, or with a fresh one that may be ended. */
export async function signIn(page: Page, key = process.env.TWEETSENT_E2E_KEY ?? '', at = origin(), fresh = false): Promise<void> {
  const known = sessions.get(at + key);
  if (known && !fresh) return page.context().addCookies(known);
  const answer = await page.context().request.post(`${at}/api/v1/session`, { data: { key }, headers: { origin: at } });
  expect(answer.status(), await answer.text()).toBe(201);
  if (!fresh) sessions.set(at + key, await page.context().cookies(at));
}

/** The API as a script uses it. */
export async function api<T>(page: Page, path: string, data?: unknown, key = process.env.TWEETSENT_E2E_KEY ?? ''): Promise<T> {
  const answer = await page.request.fetch(`/api/v1${path}`, { method: data ? 'POST' : 'GET', data: data ? JSON.stringify(data) : undefined, headers: { 'x-api-key': key, ...(data ? { 'content-type': 'application/json' } : {}) } });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()) as T;
}

/** The page listens, and nothing is being loaded any more. A chart far below is drawn when it comes near the window, so it is brought there. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('banner').locator('> :first-child')).not.toHaveText('');
  await expect.poll(() => page.evaluate(busyParts).catch(() => NaN)).toBe(0);
}

function busyParts(): number {
  const busy = [...document.querySelectorAll('[aria-busy=true]')];
  const far = busy.find((part) => part.getBoundingClientRect().top > window.innerHeight + 600);
  if (far) {
    far.scrollIntoView();
    requestAnimationFrame(() => setTimeout(() => window.scrollTo(0, 0))); // it has been seen by then
  }
  return busy.length;
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function findings(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.map((one) => `${where} ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** How far the page can be scrolled sideways, in pixels. */
export const sideways = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

export const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

// A busy machine may be so many times slower; `make test` says 5, `make test-e2e` keeps to the limit.
export const SLACK = Number(process.env.TWEETSENT_SLACK ?? 1);

/** Prints a measured figure beside its limit, and fails above it. */
export function gate(name: string, value: number, limit: number, unit: '' | 'ms' = ''): void {
  const allowed = unit === 'ms' ? limit * SLACK : limit;
  const shown = (n: number) => (unit === 'ms' ? `${Math.round(n)} ms` : String(Number(n.toFixed(4))));
  console.log(`    ${name}: ${shown(value)} (limit ${shown(limit)}${allowed === limit ? '' : `, ${SLACK} times that on a busy machine`})`);
  expect(value, name).toBeLessThanOrEqual(allowed);
}

/** A second person on the same server, in a browser of her own. */
export async function secondPerson(context: BrowserContext): Promise<Page> {
  const other = await context.browser()!.newContext({ baseURL: origin() });
  const page = await other.newPage();
  await signIn(page, process.env.TWEETSENT_E2E_KEY2);
  return page;
}
