// Lighthouse on each page, signed in: three runs, the median, against the gates. usage: lighthouse.mjs [PAGE …], like /live/
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDemo } from './with-demo.mjs';

const VERSION = '12.8.2'; // the newest for node 20; it lives in a folder of its own, for the page does not need it
const RUNS = 3;
const GATES = { desktop: { performance: 95 }, mobile: { performance: 90 } };
const ALWAYS = { accessibility: 100, 'best-practices': 100, seo: 100 };
const FLAGS = '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const pages = process.argv.length > 2 ? process.argv.slice(2) : ['/', '/analyze/', '/models/', '/review/', '/live/', '/settings/'];

const folder = path.join(tmpdir(), `tweetsent-lighthouse-${VERSION}`);
const cli = path.join(folder, 'node_modules/lighthouse/cli/index.js');
if (!existsSync(cli)) execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `lighthouse@${VERSION}`], { stdio: ['ignore', 'ignore', 'inherit'] });

function look(url, form, headers) {
  const out = path.join(folder, 'report.json');
  const preset = form === 'desktop' ? ['--preset=desktop'] : [];
  const env = { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? '/usr/bin/chromium' };
  const ask = () => execFileSync('node', [cli, url, '--quiet', '--output=json', `--output-path=${out}`, `--extra-headers=${headers}`, `--chrome-flags=${FLAGS}`, ...preset], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  for (let left = 4; ; left -= 1) {
    try {
      ask();
      break;
    } catch (error) {
      if (!left) throw error;
      console.log(`${url}: Lighthouse failed (exit ${error.status}); asked once more`); // Chromium now and then loses the start of its trace
    }
  }
  return JSON.parse(readFileSync(out, 'utf8'));
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const failed = await withDemo(({ url, cookie }) => {
  const headers = path.join(folder, 'headers.json');
  writeFileSync(headers, JSON.stringify({ Cookie: cookie }), { mode: 0o600 });
  let bad = 0;
  for (const page of pages) {
    for (const [form, own] of Object.entries(GATES)) {
      const reports = Array.from({ length: RUNS }, () => look(url + page, form, headers));
      const said = Object.entries({ ...own, ...ALWAYS }).map(([category, least]) => {
        const score = Math.round(100 * median(reports.map((report) => report.categories[category].score)));
        if (score < least) bad += 1;
        return `${category} ${score}${score < least ? ` (below ${least})` : ''}`;
      });
      const ms = (audit) => Math.round(median(reports.map((report) => report.audits[audit].numericValue)));
      console.log(`${page.padEnd(11)} ${form.padEnd(8)} ${said.join(', ')}; FCP ${ms('first-contentful-paint')} ms, LCP ${ms('largest-contentful-paint')} ms, TBT ${ms('total-blocking-time')} ms, CLS ${median(reports.map((report) => report.audits['cumulative-layout-shift'].numericValue)).toFixed(3)}; benchmarkIndex ${Math.round(median(reports.map((report) => report.environment.benchmarkIndex)))}`);
      const lacking = Object.values(reports.at(-1).audits).filter((audit) => audit.score === 0 && Object.keys(ALWAYS).some((category) => reports[0].categories[category].auditRefs.some((ref) => ref.id === audit.id && ref.weight > 0)));
      for (const audit of lacking) console.log(`            ${audit.id}: ${audit.title}`);
    }
  }
  return bad;
});
process.exit(failed ? 1 : 0);
