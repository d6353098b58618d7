import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, settled, signIn, test } from './fixtures';
import { asLine } from './hostile';

const root = path.resolve(__dirname, '../..');
type Row = { item: string; text: string; label: string | null; source: string; decided_by: string };

/** Trains on what the ledger says now, and tests on what people decided. */
function train(rows: Row[]): void {
  const folder = process.env.TWEETSENT_E2E_FOLDER ?? '';
  const write = (name: string, kept: Row[]) => (writeFileSync(path.join(folder, name), kept.map(({ text, label }) => asLine({ text, label })).join('\n')), path.join(folder, name));
  const data = write('ledger.jsonl', rows.filter((row) => row.label));
  const decided = write('decided.jsonl', rows.filter((row) => row.label && row.source !== 'consensus'));
  const env = { ...process.env, PYTHONPATH: root, TWEETSENT_STORE_URL: `sqlite:///${folder}/store.sqlite`, TWEETSENT_MODELS_DIR: `${folder}/models`, TWEETSENT_REPORTS_DIR: `${folder}/reports` };
  execFileSync(path.join(root, '.venv/bin/tweetsent'), ['run', 'train', '-p', 'data', data, '-p', 'test', decided, '-p', 'model', 'tfidf', '-p', 'run_id', 'from-ledger'], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

test('from a bucket of the chart to the label behind it, and to the run that was trained on the correction', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page);
  await page.goto('/?b=month');
  await settled(page);

  // The chart's bucket, by a click into the chart itself.
  const chart = page.getByRole('group', { name: /^Net sentiment over time/ });
  await expect.poll(() => page.evaluate(() => performance.getEntriesByName('chart').length)).toBeGreaterThan(0);
  await chart.click({ position: { x: 400, y: 150 } });
  await expect(page).toHaveURL(/at=/);
  await expect(page.getByText(/Tweets of the month from/)).toBeVisible();
  await settled(page);

  // Its tweets, and one of them with the words that speak for its label.
  const tweet = page.locator('#tweets li').first();
  const text = await tweet.locator('p').innerText();
  await tweet.getByRole('link', { name: 'Explain or correct it' }).click();
  await expect(page.getByRole('textbox', { name: /^Tweet/ })).toHaveValue(text);
  await page.getByRole('button', { name: 'Analyze' }).click();
  await page.getByRole('button', { name: 'Explain', exact: true }).click();
  await expect(page.getByText(/Method occlusion/)).toBeVisible();

  // The guideline, a correction, and only then the votes.
  await page.getByRole('button', { name: /Guideline/ }).click();
  await expect(page.getByRole('dialog', { name: /Guideline/ })).toContainText('bullish');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('list', { name: 'What others said' })).toHaveCount(0);
  const right = page.getByRole('group', { name: 'The right label' }).getByRole('button').filter({ hasNotText: 'confirm' }).first();
  const label = (await right.innerText()).trim();
  await right.click();
  await expect(page.getByText('Kept as your decision:')).toBeVisible();
  await expect(page.getByRole('list', { name: 'What others said' })).toContainText('vader');

  // The ledger, a training on it, and the run that shows the corrected label.
  const ledger = await page.request.get('/api/v1/review/export', { headers: { 'x-api-key': process.env.TWEETSENT_E2E_KEY ?? '' } });
  const rows = (await ledger.text()).trim().split('\n').map((line) => JSON.parse(line) as Row);
  expect(rows.filter((row) => row.text === text)).toMatchObject([{ label }]);
  train(rows);
  await page.goto('/models/?tab=runs');
  await expect(page.getByRole('link', { name: 'tfidf' }).first()).toBeVisible();
  await expect(page.getByText('from-ledger')).toBeVisible();
  await page.goto('/models/run/?id=from-ledger');
  const cells = page.getByRole('button', { name: new RegExp(`tweets: true ${label}`) });
  await expect(cells).toHaveCount(3);
  let found = 0;
  for (let i = 0; i < 3; i += 1) {
    await cells.nth(i).click();
    await settled(page);
    await expect(page.getByRole('list', { name: 'Tweets of the cell' }).or(page.getByText('No tweet is in this cell.'))).toBeVisible();
    found += await page.getByRole('listitem').filter({ hasText: text }).count();
  }
  expect(found).toBe(1);
  console.log(`    “${text.slice(0, 50)}” went from the chart into the ledger as ${label}, and stands so in the run from-ledger`);
});
