import { expect, gate, PAGES, settled, signIn, sideways, test } from './fixtures';

const TIGHT = [...PAGES, '/analyze/?tab=many', '/analyze/?tab=file', '/models/?tab=runs', '/models/compare/', '/?t=TSLA,AAPL&b=month'];

test('nothing moves while a page loads: CLS < .02', async ({ page }) => {
  await signIn(page);
  await page.addInitScript(() => {
    const keep = window as unknown as { shift: number };
    keep.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) if (!entry.hadRecentInput) keep.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  for (const size of [{ width: 1280, height: 900 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(size);
    for (const url of PAGES) {
      await page.goto(url);
      await settled(page);
      await page.waitForTimeout(400); // charts and late parts
      gate(`CLS of ${url} at ${size.width} px`, await page.evaluate(() => (window as unknown as { shift: number }).shift), 0.02);
    }
  }
});

test('at 400 % zoom, and on a phone, no page scrolls sideways and nothing sticks out', async ({ page }) => {
  await signIn(page);
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: width === 320 ? 256 : 844 });
    for (const url of TIGHT) {
      await page.goto(url);
      await settled(page);
      await expect.poll(() => sideways(page), { message: `${url} at ${width} px` }).toBeLessThanOrEqual(0);
      expect.soft(await page.evaluate(outside), `${url} at ${width} px`).toEqual([]);
    }
  }
});

/** Controls that cannot be scrolled into view. */
function outside(): string[] {
  const scrolls = (box: Element): boolean => box !== document.documentElement && (['auto', 'scroll'].includes(getComputedStyle(box).overflowX) || (box.parentElement !== null && scrolls(box.parentElement)));
  const controls = [...document.querySelectorAll('a[href],button,input,select,textarea')].filter((box) => box.getClientRects().length && !box.closest('.sr-only') && !box.classList.contains('sr-only'));
  return controls.filter((box) => !scrolls(box) && (box.getBoundingClientRect().right > window.innerWidth + 1 || box.getBoundingClientRect().left < -1)).map((box) => `${box.tagName} ${box.textContent}`);
}

test('100,000 points are drawn in a second', async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page);
  const start = Date.UTC(2014, 0, 1);
  const points = Array.from({ length: 100_000 }, (_, i) => {
    const net = Math.sin(i / 900) * 0.6 + Math.sin(i * 7919) * 0.2;
    return { time: new Date(start + i * 3_600_000).toISOString(), n: 20 + (i % 50), n_abstained: i % 7, net, low: Math.max(-1, net - 0.2), high: Math.min(1, net + 0.2), labels: {} };
  });
  // The server never sends more than 2,000 points; here it breaks that promise fiftyfold, and the real page must draw them.
  const body = JSON.stringify({ model_version: 'm', bucket: 'hour', start: points[0]!.time, end: points.at(-1)!.time, series: [{ ticker: '*', n_total: points.length, points }] });
  await page.route('**/api/v1/sentiment/series**', (route) => route.fulfill({ contentType: 'application/json', body }));
  await page.goto('/?b=hour');
  await page.waitForFunction(() => performance.getEntriesByName('chart').length > 0, undefined, { timeout: 60_000 });
  const { drawn, all } = await page.evaluate(async () => {
    const chart = performance.getEntriesByName('chart').at(-1)!;
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    const answer = performance.getEntriesByType('resource').filter((one) => one.name.includes('/sentiment/series')).at(-1) as PerformanceResourceTiming;
    return { drawn: chart.duration, all: performance.now() - answer.responseEnd };
  });
  console.log(`    from the last byte of the answer (${Math.round(body.length / 1e6)} MB of JSON) to the painted page: ${Math.round(all)} ms`);
  gate('100,000 points with intervals and volume, peaks kept, chart built and drawn', drawn, 1_000, 'ms');
  await expect(page.getByText('n = 4,450,000 tweets')).toBeVisible();
});
