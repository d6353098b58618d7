import { api, expect, settled, signIn, test } from './fixtures';

test('a tweet is judged, explained and corrected', async ({ page, errors }) => {
  await signIn(page);
  await page.goto('/analyze/');
  await page.getByRole('textbox', { name: /^Tweet/ }).fill('$TSLA beats on deliveries, margins still falling');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('list', { name: 'Probabilities' })).toBeVisible();
  await page.getByRole('button', { name: 'Explain', exact: true }).click();
  await expect(page.getByText(/Method occlusion, \d+ questions/)).toBeVisible();
  const before = await api<{ n_decided: number }>(page, '/review/stats');
  await page.getByRole('group', { name: 'The right label' }).getByRole('button').nth(1).click();
  await expect(page.getByText('Kept as your decision:')).toBeVisible();
  expect(before.n_decided).toBeGreaterThanOrEqual(0);
  // Another day, another mind: one's own decision is replaced.
  await page.reload();
  await page.getByRole('textbox', { name: /^Tweet/ }).fill('$TSLA beats on deliveries, margins still falling');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('group', { name: 'The right label' }).getByRole('button').nth(2).click();
  await expect(page.getByText('Kept as your decision:')).toBeVisible();
  expect(errors.every((error) => error.includes('409'))).toBe(true); // the browser's own words about the conflict
  errors.length = 0;
});

test('a period is chosen by drawing over the chart', async ({ page }) => {
  await signIn(page);
  await page.goto('/?b=day');
  await settled(page);
  const chart = page.getByRole('group', { name: /^Net sentiment over time/ });
  await expect.poll(() => page.evaluate(() => performance.getEntriesByName('chart').length)).toBeGreaterThan(0);
  const box = (await chart.boundingBox())!;
  const at = (share: number) => [box.x + box.width * share, box.y + 150] as const;
  await page.mouse.move(...at(0.4));
  await page.mouse.down();
  await page.mouse.move(...at(0.5), { steps: 4 });
  await page.mouse.move(...at(0.6), { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d.*to=\d{4}-\d\d-\d\d/);
  const days = ['from', 'to'].map((name) => Date.parse(new URL(page.url()).searchParams.get(name) ?? ''));
  expect(days[1]! - days[0]!).toBeGreaterThan(0);
  await expect(page.getByLabel('From')).toHaveValue(new URL(page.url()).searchParams.get('from')!);
});

test('many tweets come back in order', async ({ page }) => {
  await signIn(page);
  await page.goto('/analyze/?tab=many');
  await page.getByRole('textbox', { name: /^Tweets/ }).fill(Array.from({ length: 300 }, (_, i) => `$AAPL number ${i}`).join('\n'));
  await page.getByRole('button', { name: 'Analyze all' }).click();
  const rows = page.getByRole('region', { name: 'Scored tweets' }).getByRole('listitem');
  await expect(rows.first()).toContainText('number 0');
  await page.getByRole('region', { name: 'Scored tweets' }).evaluate((box) => (box.scrollTop = box.scrollHeight));
  await expect(rows.last()).toContainText('number 299');
});

test('a file with bad rows is scored, survives a reload, and says what was left out', async ({ page }) => {
  await signIn(page);
  await page.goto('/analyze/?tab=file');
  const lines = Array.from({ length: 5_000 }, (_, i) => JSON.stringify({ text: `$MSFT row ${i} ${i % 2 ? 'beats' : 'falls'}` }));
  for (const bad of [10, 20, 30]) lines[bad] = '{"text": broken';
  await page.getByLabel(/File of tweets/).setInputFiles({ name: 'mine.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from(lines.join('\n')) });
  await expect(page.getByRole('table', { name: 'First rows of the file' })).toContainText('$MSFT row 0');
  await page.getByRole('button', { name: 'Score the file' }).click();
  await expect(page).toHaveURL(/job=[0-9a-f]{32}/);
  await page.reload();
  await expect(page.getByText('Done: mine.jsonl')).toBeVisible({ timeout: 45_000 });
  await expect(page.getByText(/4,997 of 4,997 rows .*; 3 rows were left out/)).toBeVisible();
  await expect(page.getByRole('table', { name: 'Rows left out or mended' }).getByRole('row')).toHaveCount(4);
  const id = new URL(page.url()).searchParams.get('job');
  const file = await page.request.get(`/api/v1/jobs/${id}/results?format=csv`);
  expect((await file.text()).trim().split('\n')).toHaveLength(4_998);
});

test('another model is activated and rolled back', async ({ page }) => {
  await signIn(page);
  const { models } = await api<{ models: { model_id: string; active: boolean }[] }>(page, '/models');
  expect(models.length).toBeGreaterThan(1);
  const other = models.find((one) => !one.active)!.model_id;
  await page.goto('/models/');
  await page.getByRole('row', { name: other }).getByRole('button', { name: 'Activate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
  await expect(page.getByRole('banner')).toContainText(other);
  await page.getByRole('button', { name: /Roll back/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
  await expect(page.getByRole('banner')).not.toContainText(other);
});

test('a cell of the confusion matrix opens its tweets, and the report runs in a sandbox', async ({ page, errors }) => {
  await signIn(page);
  await page.goto('/models/?tab=runs');
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('button', { name: /tweets: true bearish, predicted bullish/ }).click();
  await expect(page).toHaveURL(/y=bearish/);
  await expect(page.getByRole('list', { name: 'Tweets of the cell' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('list', { name: 'Tweets of the cell' })).toBeVisible();
  await page.getByRole('tab', { name: 'Report and files' }).click();
  const frame = page.locator('iframe');
  await expect(frame).toHaveAttribute('sandbox', '');
  await expect(page.frameLocator('iframe').locator('h1').first()).toBeVisible();
  expect(errors.every((error) => error.startsWith('Blocked script execution') && error.includes('/artifacts/report.html'))).toBe(true); // the report's own script, refused by the sandbox
  errors.length = 0;
});

test('live goes on after a cut without a gap or a double', async ({ page, errors }) => {
  await signIn(page);
  await page.goto('/live/');
  await expect(page.getByTestId('state')).toHaveText('live');
  const send = (name: string) => api(page, '/tweets', { tweets: [{ text: `$CUT ${name} ${Date.now()}` }] });
  await send('one');
  await expect(page.getByText('$CUT one')).toHaveCount(1);
  await page.keyboard.press('p');
  await send('two');
  await expect(page.getByRole('button', { name: 'Go on (1 waiting)' })).toBeVisible();
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByTestId('state')).toHaveText('stopped');
  await send('three');
  await page.getByRole('button', { name: 'Start' }).click();
  for (const name of ['one', 'two', 'three']) await expect(page.getByText(`$CUT ${name}`)).toHaveCount(1);
  expect(errors).toEqual([]);
});
