import type { Page } from '@playwright/test';
import { expect, PAGES, settled, signIn, test } from './fixtures';

/** Marks what a keyboard must reach, and says how much there is. */
function markStops(): number {
  const stops = [...document.querySelectorAll<HTMLElement>('a[href],button,input,select,textarea,summary,[tabindex]')].filter(
    (box) => box.tabIndex >= 0 && !box.matches(':disabled') && box.getClientRects().length > 0 && getComputedStyle(box).visibility !== 'hidden',
  );
  stops.forEach((box, i) => (box.dataset.stop = String(i)));
  return stops.length;
}

/** The stop that has the focus, and whether one can see that. */
function focused(): { stop: string | undefined; seen: boolean; name: string } {
  const box = document.activeElement as HTMLElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(box);
  const { top, bottom } = box.getBoundingClientRect();
  return { stop: box.dataset?.stop, seen: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 && bottom > 0 && top < window.innerHeight, name: `${box.tagName} ${box.getAttribute('aria-label') ?? box.textContent}`.slice(0, 60) };
}

async function tabTo(page: Page, name: string | RegExp, most = 60): Promise<void> {
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => `${document.activeElement?.getAttribute('aria-label') ?? ''} ${document.activeElement?.textContent ?? ''} ${(document.activeElement as HTMLInputElement)?.labels?.[0]?.textContent ?? ''}`.trim());
    if (typeof name === 'string' ? text.includes(name) : name.test(text)) return;
  }
  throw new Error(`Tab never came to ${name}`);
}

test('Tab reaches every control of every page, in sight and without a trap', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page);
  for (const url of [...PAGES, '/analyze/?tab=file', '/models/?tab=runs']) {
    await page.goto(url);
    await settled(page);
    await page.waitForTimeout(300);
    const many = await page.evaluate(markStops);
    expect(many, url).toBeGreaterThan(8);
    const reached = new Set<string>();
    const seen = new Set<string>(); // a date field has several stops, and its inner ones show a focus of their own
    const unseen = new Map<string, string>();
    for (let i = 0; i < many * 2 + 20 && reached.size < many; i += 1) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(focused);
      if (found.stop === undefined) continue; // the browser's own stop, or parts of a date field
      reached.add(found.stop);
      if (found.seen) seen.add(found.stop);
      else unseen.set(found.stop, found.name);
    }
    expect.soft(reached.size, `${url}: of ${many} controls Tab reached`).toBe(many);
    expect.soft([...unseen].filter(([stop]) => !seen.has(stop)), url).toEqual([]);
    console.log(`    ${url}: Tab reached ${reached.size} of ${many} controls`);
  }
});

test('Dashboard by keyboard: a ticker, its table, the tweets of a bucket', async ({ page }) => {
  await signIn(page);
  await page.goto('/?b=month');
  await settled(page);
  await page.keyboard.press('/');
  await page.keyboard.type('tsla');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/t=TSLA/);
  await settled(page);
  await tabTo(page, 'View as table');
  await page.keyboard.press('Enter');
  await tabTo(page, /^Tweets/);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/at=/);
  await expect(page.getByText(/Tweets of the month from/)).toBeVisible();
});

test('Analyze by keyboard: ask, explain, correct', async ({ page }) => {
  await signIn(page);
  await page.goto('/analyze/');
  await settled(page);
  await page.keyboard.press('/');
  await page.keyboard.type('$F misses by keyboard');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('list', { name: 'Probabilities' })).toBeVisible();
  await tabTo(page, /^Explain$/);
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Method occlusion/)).toBeVisible();
  await tabTo(page, 'bearish');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Kept as your decision:')).toBeVisible();
});

test('Models by keyboard: the dialog holds the focus and gives it back; tabs go by arrows', async ({ page }) => {
  await signIn(page);
  await page.goto('/models/');
  await settled(page);
  await tabTo(page, /^Activate$/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  for (let i = 0; i < 6; i += 1) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((box) => box.contains(document.activeElement))).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Activate' }).first()).toBeFocused();
  await page.getByRole('tab', { name: 'Models' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/tab=runs/);
  await expect(page.getByRole('tab', { name: 'Leaderboard' })).toBeFocused();
});

test('Review by keyboard: guideline, a note, a skip', async ({ page }) => {
  await signIn(page);
  await page.goto('/review/');
  const tweet = page.getByTestId('tweet');
  await expect(tweet).toBeVisible();
  await page.keyboard.press('i');
  await expect(page.getByRole('dialog', { name: /Guideline/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await page.keyboard.type('1 is a key, not here');
  await expect(page.getByLabel('Note (optional)')).toHaveValue('1 is a key, not here');
  await page.keyboard.press('Escape');
  const before = await tweet.innerText();
  await page.keyboard.press('Space');
  await expect(tweet).not.toHaveText(before);
});

test('Live and Settings by keyboard: pause, and the theme', async ({ page }) => {
  await signIn(page);
  await page.goto('/live/');
  await expect(page.getByTestId('state')).toHaveText('live');
  await page.keyboard.press('p');
  await expect(page.getByRole('button', { name: /Go on/ })).toHaveAttribute('aria-pressed', 'true');
  await page.goto('/settings/');
  await settled(page);
  await tabTo(page, 'Theme');
  await page.keyboard.press('d');
  await expect(page.locator('html')).toHaveClass(/dark/);
});
