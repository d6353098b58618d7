import { api, expect, gate, median, secondPerson, settled, signIn, test } from './fixtures';
import type { Page } from '@playwright/test';

type Card = { item: string; text: string; voices: unknown[]; hidden: boolean; label: string | null };
type Next = { card: Card | null; n_left: number };
type Exported = { item: string; source: string };

const decided = async (page: Page) => (await api<{ n_decided: number }>(page, '/review/stats')).n_decided;

/** Writes down, in the page, how long each key takes until another card is painted. */
async function watchKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    const keep = window as unknown as { waits: number[] };
    keep.waits = [];
    let pressed = 0;
    let shown = '';
    const now = () => document.querySelector('[data-testid=tweet]')?.textContent ?? '';
    window.addEventListener('keydown', (event) => ((pressed = event.timeStamp), (shown = now())), true);
    new MutationObserver(() => {
      if (!pressed || !now() || now() === shown) return;
      const from = pressed;
      pressed = 0;
      requestAnimationFrame(() => keep.waits.push(performance.now() - from));
    }).observe(document.querySelector('main')!, { subtree: true, childList: true, characterData: true });
  });
}

test('30 items are decided by keyboard, 3 are undone, 5 are decided without a server: each is counted once', async ({ page, errors }) => {
  test.setTimeout(120_000);
  await signIn(page);
  const start = await decided(page);
  await page.goto('/review/?queue=low-agreement');
  const tweet = page.getByTestId('tweet');
  await expect(tweet).toBeVisible();
  await expect(page.getByText('Votes of others are hidden')).toBeVisible();
  await settled(page);
  await watchKeys(page);
  const seen: string[] = [];
  const press = async (key: string) => {
    const before = await tweet.innerText();
    seen.push(before);
    await page.keyboard.press(key);
    await expect(tweet).not.toHaveText(before);
  };
  for (let i = 0; i < 25; i += 1) await press(String(1 + (i % 3)));
  await expect.poll(() => decided(page)).toBe(start + 25);
  for (let i = 0; i < 3; i += 1) {
    await page.keyboard.press('u');
    await expect(tweet).toHaveText(seen.at(-1)!, { useInnerText: true });
    await expect.poll(() => decided(page)).toBe(start + 24);
    await press('2');
    await expect.poll(() => decided(page)).toBe(start + 25);
    seen.pop();
  }
  await page.route('**/api/**', (route) => route.abort());
  for (let i = 1; i <= 5; i += 1) {
    await page.keyboard.press(String(1 + (i % 3)));
    await expect(page.getByText(i === 1 ? '1 decision waits' : `${i} decisions wait`)).toBeVisible();
  }
  await expect(page.getByText('Server not reached').first()).toBeVisible();
  expect(await page.evaluate(() => JSON.parse(localStorage.getItem('tweetsent-unsent-decisions') ?? '{}').state.unsent.length)).toBe(5);
  await page.unroute('**/api/**');
  await expect(page.getByText(/decisions? waits?/)).toHaveCount(0, { timeout: 15_000 });
  await expect.poll(() => decided(page)).toBe(start + 30);
  expect(new Set(seen).size).toBe(25);
  const mine = (await exported(page)).filter((row) => row.source === 'human');
  expect(mine.length).toBeGreaterThanOrEqual(30);
  expect(new Set(mine.map((row) => row.item)).size).toBe(mine.length);
  expect(errors.every((error) => error.includes('ERR_FAILED'))).toBe(true);
  errors.length = 0;
  const waits = await page.evaluate(() => (window as unknown as { waits: number[] }).waits);
  expect(waits.length).toBeGreaterThanOrEqual(30);
  gate(`key -> next review card, median of ${waits.length}`, median(waits), 100, 'ms');
});

async function exported(page: Page): Promise<Exported[]> {
  const answer = await page.request.get('/api/v1/review/export', { headers: { 'x-api-key': process.env.TWEETSENT_E2E_KEY ?? '' } });
  return (await answer.text()).trim().split('\n').map((line) => JSON.parse(line) as Exported);
}

test('two people on one queue never get the same item', async ({ page, context }) => {
  test.setTimeout(90_000);
  await signIn(page);
  const other = await secondPerson(context);
  const both = [page, other];
  await Promise.all(both.map((one) => one.goto('/review/?queue=low-agreement')));
  const seen: string[][] = [[], []];
  for (let i = 0; i < 12; i += 1) {
    await Promise.all(both.map((one) => expect(one.getByTestId('tweet')).toBeVisible()));
    const texts = await Promise.all(both.map((one) => one.getByTestId('tweet').innerText()));
    expect(texts[0]).not.toBe(texts[1]);
    texts.forEach((text, who) => seen[who]!.push(text));
    await Promise.all(both.map((one) => one.keyboard.press('1')));
    await Promise.all(both.map((one, who) => expect(one.getByTestId('tweet')).not.toHaveText(texts[who]!, { useInnerText: true })));
  }
  expect(new Set(seen[0]).size).toBe(12);
  await other.context().close();
});

test('the server hides what others said until one has decided oneself', async ({ page }) => {
  const first = process.env.TWEETSENT_E2E_KEY;
  const second = process.env.TWEETSENT_E2E_KEY2;
  const { card } = await api<Next>(page, '/review/queues/low-agreement/next', undefined, first);
  expect(card).toMatchObject({ hidden: true, voices: [], label: null });
  await api(page, '/annotations', { item: card!.item, label: 'bullish' }, first);
  expect(await api<Card>(page, `/items/${card!.item}`, undefined, second)).toMatchObject({ hidden: true, voices: [], label: null });
  const own = await api<Card>(page, `/items/${card!.item}`, undefined, first);
  expect(own).toMatchObject({ hidden: false, label: 'bullish' });
  expect(own.voices.length).toBeGreaterThan(0);
  await api(page, '/annotations', { item: card!.item, label: 'bearish' }, second);
  const theirs = await api<Card>(page, `/items/${card!.item}`, undefined, second);
  expect(JSON.stringify(theirs.voices)).toContain('human:');
});

test('a decision that the server does not take is shown with its tweet, also after a reload, and can be made again', async ({ page, errors }) => {
  await signIn(page);
  await page.goto('/review/?queue=low-agreement');
  const tweet = page.getByTestId('tweet');
  await expect(tweet).toBeVisible();
  const [start, text] = [await decided(page), await tweet.innerText()];
  const problem = { type: 'about:blank', title: 'Conflict', status: 409, detail: 'it has changed', instance: '/', request_id: 'r', item: '0'.repeat(32) };
  await page.route('**/api/v1/annotations', (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }), { times: 1 });
  await page.keyboard.press('1');
  const told = page.getByRole('status').filter({ hasText: 'Not kept' });
  await expect(told).toContainText('it has changed');
  await page.reload();
  await expect(told).toContainText(text.slice(0, 20));
  await told.getByRole('button', { name: 'Decide again' }).click();
  await expect(tweet).toHaveText(text, { useInnerText: true });
  await expect(told).toHaveCount(0);
  await page.keyboard.press('2');
  await expect.poll(() => decided(page)).toBe(start + 1);
  expect(errors.every((error) => error.includes('409'))).toBe(true);
  errors.length = 0;
});

test('a chosen queue is in the URL, and Back shows the one before it', async ({ page }) => {
  await signIn(page);
  await page.goto('/review/');
  const queue = page.getByLabel(/^Queue of/);
  const first = await queue.inputValue();
  const other = (await queue.locator('option').evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value))).find((one) => one !== first)!;
  await queue.selectOption(other);
  await expect(page).toHaveURL(new RegExp(`queue=${other}`));
  await page.goBack();
  await expect(queue).toHaveValue(first);
});
