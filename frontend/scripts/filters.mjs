// How long the dashboard changes after a filter was changed: to the last frame of the new figures. usage: filters.mjs [TWEETS]
import { chromium } from '@playwright/test';
import { withDemo } from './with-demo.mjs';

const LIMIT_MS = 300;
const ROUNDS = 5;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Notes when a click or a choice happens, and the last frame in which the page was changed after it. */
function watch() {
  const seen = { asked: 0, last: 0 };
  window.seen = seen;
  for (const kind of ['click', 'change', 'submit']) window.addEventListener(kind, (event) => (seen.asked = seen.last = event.timeStamp), true);
  new MutationObserver(() => requestAnimationFrame(() => (seen.last = performance.now()))).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true });
}

const failed = await withDemo(async ({ url, cookie }) => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const [name, value] = cookie.split('=');
  await context.addCookies([{ name, value, url }]);
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector('main [data-testid=series], main canvas'));
  const { tickers } = await (await page.request.get(`${url}/api/v1/tickers?limit=20`)).json();
  await page.evaluate(watch);
  const add = async (ticker) => {
    await page.locator('input[data-search]').fill(ticker);
    await page.waitForTimeout(400); // the list of tickers below the field
    await page.getByRole('button', { name: 'Add' }).click();
  };
  const bucket = (size) => page.getByRole('combobox', { name: 'Bucket' }).selectOption(size);
  const changes = [
    ['a ticker', () => add(tickers[0].ticker)],
    ['a second ticker', () => add(tickers[1].ticker)],
    ['buckets of a week', () => bucket('week')],
    ['buckets of an hour', () => bucket('hour')],
    ['the last 90 days', () => page.getByRole('button', { name: 'Last 90 days' }).click()],
    ['no filter', () => page.getByRole('button', { name: 'Reset' }).click()],
  ];
  const waits = new Map(changes.map(([what]) => [what, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [what, change] of changes) {
      await change();
      await page.waitForTimeout(1_500);
      waits.get(what).push(await page.evaluate(() => window.seen.last - window.seen.asked));
    }
  }
  await browser.close();
  for (const [what, times] of waits) console.log(`${what.padEnd(20)} first ${Math.round(times[0])} ms, median of ${ROUNDS} ${Math.round(median(times))} ms (limit ${LIMIT_MS})`);
  return [...waits.values()].some((times) => Math.max(times[0], median(times)) > LIMIT_MS);
}, process.argv[2]);
process.exit(failed ? 1 : 0);
