import { expect, findings, PAGES, settled, signIn, test } from './fixtures';

const LOADED = [...PAGES, '/analyze/?tab=many', '/analyze/?tab=file', '/models/?tab=runs', '/models/compare/', '/?t=TSLA,AAPL&from=2024-01-01&b=week'];

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${theme}: loaded, dialog, empty, error`, async ({ page, errors }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await signIn(page);
    let looks = 0;
    const look = async (where: string) => {
      looks += 1;
      expect.soft(await findings(page, where)).toEqual([]);
    };
    for (const url of LOADED) {
      await page.goto(url);
      await settled(page);
      await look(`${url} loaded`);
      if (!PAGES.includes(url)) continue;
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog')).toBeVisible();
      await look(`${url} dialog`);
    }
    await page.goto('/review/');
    await page.getByRole('button', { name: 'Guideline' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await look('/review/ guideline');
    await page.goto('/models/');
    await page.getByRole('button', { name: 'Activate' }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await look('/models/ confirm');

    await page.route(/\/api\/v1\/(?!session$)/, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Broken', status: 500, detail: 'the reason is in the log', instance: '/', request_id: 'r1' }) }));
    for (const url of PAGES) {
      await page.goto(url);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      if (url === '/analyze/') {
        await page.getByRole('textbox', { name: /^Tweet/ }).fill('$TSLA');
        await page.getByRole('button', { name: 'Analyze' }).click();
      }
      if (url !== '/settings/') await expect(page.getByText('the reason is in the log').first()).toBeVisible();
      await look(`${url} error`);
    }
    await page.unrouteAll();

    const empty = process.env.TWEETSENT_E2E_EMPTY ?? '';
    await page.context().clearCookies();
    await signIn(page, process.env.TWEETSENT_E2E_EMPTY_KEY, empty);
    for (const url of PAGES) {
      await page.goto(empty + url);
      await settled(page);
      await look(`${url} empty`);
    }
    console.log(`    axe looked ${looks} times, ${theme}`);
    expect(errors.every((error) => error.includes('500') || error.includes('503'))).toBe(true);
    errors.length = 0;
  });
}
