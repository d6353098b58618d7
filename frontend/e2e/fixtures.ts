import { test as base, expect, type Page } from '@playwright/test';

/** A page that is signed in, and a test that fails on anything the console reports as an error. */
export const test = base.extend<{ errors: string[] }>({
  errors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(`${message.text()} ${message.location().url}`));
      page.on('pageerror', (error) => errors.push(String(error)));
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export const PAGES = ['/', '/analyze/', '/models/', '/review/', '/live/', '/settings/'];

export async function signIn(page: Page): Promise<void> {
  const origin = test.info().project.use.baseURL ?? '';
  const answer = await page.context().request.post('/api/v1/session', { data: { key: process.env.TWEETSENT_E2E_KEY }, headers: { origin } });
  expect(answer.status()).toBe(201);
}
