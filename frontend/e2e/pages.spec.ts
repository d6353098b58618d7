import AxeBuilder from '@axe-core/playwright';
import { expect, settled, signIn, test } from './fixtures';

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
  await settled(page);
  await page.getByRole('button', { name: 'View as table' }).first().click();
  await expect(page.getByText(/daily close of \$TSLA/)).toBeVisible();
  const before = await page.getByRole('table', { name: 'Net sentiment over time' }).innerText();
  expect(before).toContain('close');
  expect(before).toMatch(/\d{2,3}\.\d{3}/); // of January 2024, in the sample's prices
  await page.reload();
  await settled(page);
  await page.getByRole('button', { name: 'View as table' }).first().click();
  await expect(page.getByRole('table', { name: 'Net sentiment over time' })).toHaveText(before.replaceAll(/\s+/g, ' ').trim() ? /\$TSLA/ : /never/);
  await expect.poll(() => page.getByRole('table', { name: 'Net sentiment over time' }).innerText()).toBe(before);
  await page.getByRole('button', { name: 'Tweets', exact: true }).first().click();
  await expect(page.getByText(/Tweets of the month from .* about \$TSLA/)).toBeVisible();
  await expect(page).toHaveURL(/at=2024/);
});
