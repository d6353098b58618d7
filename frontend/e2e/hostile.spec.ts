import type { Page } from '@playwright/test';
import { api, expect, settled, sideways, signIn, test } from './fixtures';
import { asLine, HOSTILE, ONE_OF_EACH } from './hostile';

/** Nothing has run, nothing was asked of another origin, nothing sticks out, and what does not fit can be read. Returns how many texts do not fit their boxes. */
async function isHarmless(page: Page, where: string): Promise<number> {
  expect(await page.evaluate(() => 'hit' in window), where).toBe(false);
  expect(await sideways(page), where).toBeLessThanOrEqual(0);
  const tallest = await page.locator('main li, main [data-testid=tweet], main td').evaluateAll((rows) => Math.max(0, ...rows.map((row) => row.getBoundingClientRect().height)));
  expect(tallest, where).toBeLessThan(620);
  const { long, cut } = await page.locator('main .foreign').evaluateAll(longTexts);
  expect(cut, where).toEqual([]);
  return long;
}

/** Texts in boxes of limited height that are longer than these, and those of them that neither wheel nor keys can scroll. */
function longTexts(boxes: Element[]): { long: number; cut: string[] } {
  const long = boxes.filter((box) => getComputedStyle(box).maxHeight !== 'none' && box.scrollHeight > box.clientHeight + 13); // less than a line is none of them, as axe counts too
  const cut = long.filter((box) => !['auto', 'scroll'].includes(getComputedStyle(box).overflowY) || (box as HTMLElement).tabIndex < 0);
  return { long: long.length, cut: cut.map((box) => `${box.scrollHeight} in ${box.clientHeight} px: ${box.textContent?.slice(0, 40)}`) };
}

function watched(page: Page): string[] {
  const strangers: string[] = [];
  page.on('request', (request) => !/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(request.url()) && strangers.push(request.url()));
  page.on('dialog', (dialog) => (strangers.push(dialog.message()), void dialog.dismiss()));
  page.on('popup', (popup) => strangers.push(popup.url()));
  return strangers;
}

test('500 hostile tweets arrive live and are listed on the dashboard', async ({ page }) => {
  test.setTimeout(150_000);
  const strangers = watched(page);
  await signIn(page);
  await page.goto('/live/');
  await expect(page.getByTestId('state')).toHaveText('live');
  const { tweets } = await api<{ tweets: { created_at: string }[] }>(page, '/tweets?limit=1'); // of the sample's time, or other tests would look at an empty month
  const { created_at } = tweets[0]!;
  for (let start = 0; start < HOSTILE.length; start += 250) await api(page, '/tweets', { tweets: HOSTILE.slice(start, start + 250).map((text) => ({ text, created_at, tickers: ['EVIL'], author: [...text].slice(0, 60).join('') })) });
  await expect(page.getByTestId('rows').getByRole('listitem')).toHaveCount(500, { timeout: 30_000 });
  expect(await isHarmless(page, 'live'), 'long texts, live').toBeGreaterThan(0);
  await page.goto('/?t=EVIL');
  let [listed, long] = [0, 0];
  for (;;) {
    await settled(page);
    const rows = page.locator('#tweets li');
    await expect(rows.first()).toBeVisible();
    listed += await rows.count();
    long += await isHarmless(page, `dashboard, after ${listed}`);
    const older = page.getByRole('button', { name: 'Older' });
    if (await older.isDisabled()) break;
    const before = await rows.first().innerText();
    await older.click();
    await expect(rows.first()).not.toHaveText(before, { useInnerText: true });
  }
  console.log(`    live showed 500, the dashboard ${listed} hostile tweets, ${long} of them longer than their boxes`);
  expect(long).toBeGreaterThan(0);
  expect(listed).toBe(500);
  expect(strangers).toEqual([]);
});

test('hostile tweets are analyzed: one, many, a file', async ({ page }) => {
  test.setTimeout(150_000);
  const strangers = watched(page);
  await signIn(page);
  await page.goto('/analyze/');
  for (const text of ONE_OF_EACH) {
    await page.getByRole('textbox', { name: /^Tweet/ }).fill(text);
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('list', { name: 'Probabilities' })).toBeVisible();
    if (text.length < 2_000) {
      await page.getByRole('button', { name: 'Explain', exact: true }).click();
      await expect(page.getByText(/Method occlusion/)).toBeVisible();
    }
    await isHarmless(page, text.slice(0, 40));
  }
  await page.goto('/analyze/?tab=many');
  const lines = HOSTILE.map((text) => text.replaceAll(/\s*[\n\u2028]\s*/g, ' ').trim());
  await page.getByRole('textbox', { name: /^Tweets/ }).fill(lines.join('\n'));
  await page.getByRole('button', { name: 'Analyze all' }).click();
  const list = page.getByRole('region', { name: 'Scored tweets' });
  await expect(list).toBeVisible({ timeout: 30_000 });
  for (let share = 0; share <= 1; share += 0.02) await list.evaluate((box, at) => (box.scrollTop = box.scrollHeight * at), share);
  await expect(list.getByRole('listitem').last()).toContainText('no499');
  await isHarmless(page, 'many');
  await page.goto('/analyze/?tab=file');
  await page.getByLabel(/File of tweets/).setInputFiles({ name: '<img src=x onerror=window.hit=1>.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from(HOSTILE.map((text) => asLine({ text, '<b>column</b>': text })).join('\n')) });
  await expect(page.getByRole('table', { name: 'First rows of the file' })).toBeVisible();
  await isHarmless(page, 'preview of a file');
  await page.getByRole('button', { name: 'Score the file' }).click();
  await expect(page.getByText(/Done: /)).toBeVisible({ timeout: 45_000 });
  await isHarmless(page, 'file');
  expect(strangers).toEqual([]);
});

test('hostile tweets stand in runs and in the review queue', async ({ page }) => {
  test.setTimeout(150_000);
  const strangers = watched(page);
  await signIn(page);
  await page.goto('/models/run/?id=hostile');
  const cells = page.getByRole('button', { name: /tweets: true/ });
  await expect(cells).toHaveCount(9);
  for (let i = 0; i < 9; i += 1) {
    await cells.nth(i).click();
    await settled(page);
    await isHarmless(page, `cell ${i}`);
  }
  await page.goto('/models/compare/?ids=hostile,label-hostile');
  await settled(page);
  await isHarmless(page, 'compare');
  await page.goto('/review/?queue=run-label-hostile');
  const tweet = page.getByTestId('tweet');
  await expect(tweet).toBeVisible();
  let seen = 0;
  for (; seen < 40; seen += 1) {
    await isHarmless(page, `card ${seen}`);
    const before = await tweet.innerText();
    await page.keyboard.press(String(1 + (seen % 3)));
    await expect(tweet.or(page.getByText('All decided')).first()).not.toHaveText(before, { useInnerText: true });
    if (await page.getByText('All decided').isVisible()) break;
  }
  console.log(`    9 cells of a run with 500 hostile tweets, ${seen} hostile cards of review`);
  expect(strangers).toEqual([]);
});
