import AxeBuilder from '@axe-core/playwright';
import { expect, PAGES, signIn, test } from './fixtures';

const ALL = [...PAGES, '/analyze/?tab=many', '/analyze/?tab=file', '/models/?tab=runs', '/models/compare/', '/?t=TSLA,AAPL&from=2024-01-01&b=week'];

for (const theme of ['light', 'dark'] as const) {
  test(`every page opens without a finding of axe and without sideways scrolling, ${theme}`, async ({ page }) => {
    test.setTimeout(150_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await signIn(page);
    for (const url of ALL) {
      await page.goto(url);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
      const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
      expect.soft(found.violations.map((one) => `${url} ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), { message: url }).toBeLessThanOrEqual(0);
      await page.setViewportSize({ width: 1280, height: 900 });
    }
  });
}

test('without a session each page asks for a key, with a wrong one it says so, with the right one it shows data', async ({ page, errors }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByLabel(/API key/).fill('ts_wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Unauthorized' })).toBeVisible();
  await page.getByLabel(/API key/).fill(process.env.TWEETSENT_E2E_KEY ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Net sentiment over time')).toBeVisible();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  expect(kept).not.toContain(process.env.TWEETSENT_E2E_KEY);
  expect(kept).not.toContain('tweetsent_session');
  expect(errors.every((error) => error.includes('401'))).toBe(true); // the browser's own words about the two refusals
  errors.length = 0;
});

test('keys lead to pages, the palette finds a ticker, the sheet lists all', async ({ page }) => {
  await signIn(page);
  await page.goto('/settings/');
  await expect(page.getByText('Signed in as')).toBeVisible();
  for (const [keys, title] of [['gd', 'Dashboard'], ['ga', 'Analyze'], ['gm', 'Models'], ['gr', 'Review'], ['gl', 'Live'], ['gs', 'Settings']] as const) {
    for (const key of keys) await page.keyboard.press(key);
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  }
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations.map((one) => one.id)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').waitFor();
  await page.keyboard.type('TSLA');
  await page.getByRole('option', { name: /^\$TSLA/ }).waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations.map((one) => one.id)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/[?&]t=TSLA/);
});

test('a filter is in the URL and survives a reload', async ({ page }) => {
  await signIn(page);
  await page.goto('/');
  await page.getByLabel('Tickers, up to 5').fill('tsla');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByLabel('From').fill('2024-01-01');
  await page.getByLabel('Bucket').selectOption('month');
  await expect(page).toHaveURL(/t=TSLA/);
  await expect(page).toHaveURL(/from=2024-01-01/);
  await expect(page).toHaveURL(/b=month/);
  await page.getByRole('button', { name: 'View as table' }).first().click();
  const before = await page.getByRole('table', { name: 'Net sentiment over time' }).innerText();
  await page.reload();
  await page.getByRole('button', { name: 'View as table' }).first().click();
  await expect(page.getByRole('table', { name: 'Net sentiment over time' })).toHaveText(before.replaceAll(/\s+/g, ' ').trim() ? /\$TSLA/ : /never/);
  expect(await page.getByRole('table', { name: 'Net sentiment over time' }).innerText()).toBe(before);
  await page.getByRole('button', { name: 'Tweets', exact: true }).first().click();
  await expect(page.getByText(/Tweets of the month from .* about \$TSLA/)).toBeVisible();
  await expect(page).toHaveURL(/at=2024/);
});

test('a server that fails, forgets the session or is gone is told on each page, and the page recovers by itself', async ({ page, errors }) => {
  test.setTimeout(120_000);
  await signIn(page);
  for (const [status, says] of [[500, 'the reason is in the log'], [429, 'slow down']] as const) {
    const refuse = { status, contentType: 'application/problem+json', headers: { 'retry-after': '1' }, body: JSON.stringify({ type: 'about:blank', title: 'Refused', status, detail: says, instance: '/', request_id: 'r1' }) };
    for (const url of ['/', '/models/', '/review/']) {
      await page.route(/\/api\/v1\/(?!session)/, (route) => route.fulfill(refuse));
      await page.goto(url);
      await expect(page.getByRole('alert').filter({ hasText: says }).first()).toBeVisible({ timeout: 5_000 });
      await page.unroute(/\/api\/v1\/(?!session)/);
      await expect(page.getByRole('alert').filter({ hasText: says })).toHaveCount(0, { timeout: 10_000 });
    }
  }
  await page.route('**/api/**', (route) => route.abort());
  await page.goto('/');
  await expect(page.getByText('Offline')).toBeVisible({ timeout: 5_000 });
  await page.unroute('**/api/**');
  await expect(page.getByText('Net sentiment over time')).toBeVisible({ timeout: 10_000 });
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Last 7 days' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  expect(errors.every((error) => /500|429|401|ERR_FAILED/.test(error))).toBe(true);
  errors.length = 0;
});
