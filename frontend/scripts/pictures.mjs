// Pictures of the running page. usage: pictures.mjs: those of the README into docs/; pictures.mjs FOLDER [TWEETS]: every page, light and dark, wide and narrow
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { withDemo } from './with-demo.mjs';

const docs = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../docs');
const [folder, tweets] = process.argv.slice(2);
const PAGES = { dashboard: '/?b=day', analyze: '/analyze/', models: '/models/?tab=runs', review: '/review/', live: '/live/', settings: '/settings/' };
const STEP = 600; // pixels
const LONGEST_MS = 30_000;
const README = [['dashboard', '/?from=2024-01-01&b=week&t=TSLA', 'light'], ['review', '/review/', 'dark']];

const shots = folder
  ? Object.entries(PAGES).flatMap(([name, url]) => ['light', 'dark'].flatMap((theme) => [1440, 390].map((width) => ({ name: `${name}-${theme}-${width}`, url, theme, width, into: folder, fullPage: true }))))
  : README.map(([name, url, theme]) => ({ name: `page-${name}`, url, theme, width: 1280, into: docs, fullPage: false }));

/** Waits until all is there: what is far below is fetched and drawn when it comes near the window, so each part is brought there. */
async function complete(page, isWhole) {
  for (let top = 0; isWhole && top < (await page.evaluate(() => document.body.scrollHeight)); top += STEP) {
    await page.evaluate((place) => window.scrollTo(0, place), top);
    await page.waitForTimeout(200);
  }
  const busy = page.locator('[aria-busy=true]');
  for (const end = Date.now() + LONGEST_MS; (await busy.count()) > 0; await page.waitForTimeout(100)) {
    if (Date.now() > end) throw new Error(`${page.url()}: ${await busy.count()} parts are still being loaded after ${LONGEST_MS / 1000} s`);
    for (const part of await busy.all()) await part.scrollIntoViewIfNeeded({ timeout: 500 }).catch(() => undefined); // by now it may be loaded, and gone
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.waitForTimeout(800); // the charts are painted
}

await withDemo(async ({ url, cookie }) => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  for (const shot of shots) {
    const context = await browser.newContext({ viewport: { width: shot.width, height: 860 }, colorScheme: shot.theme, reducedMotion: 'reduce' });
    const [name, value] = cookie.split('=');
    await context.addCookies([{ name, value, url }]);
    const page = await context.newPage();
    await page.goto(url + shot.url);
    await page.getByRole('banner').getByText('baseline model').waitFor();
    if (shot.name.startsWith('analyze')) {
      await page.getByRole('textbox', { name: /^Tweet/ }).fill('$TSLA beats on deliveries, margins still falling');
      await page.getByRole('button', { name: 'Analyze' }).click();
      await page.getByRole('button', { name: 'Explain', exact: true }).click();
      await page.getByText('Method occlusion').waitFor();
    }
    await complete(page, shot.fullPage);
    mkdirSync(shot.into, { recursive: true });
    await page.screenshot({ path: path.join(shot.into, `${shot.name}.png`), fullPage: shot.fullPage });
    await context.close();
  }
  await browser.close();
}, tweets);
