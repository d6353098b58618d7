// What a route loads first, gzipped, and the largest lazy chunk of the charts. Run after `next build`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD = 150_000;
const CHARTS = 100_000;
const out = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../out');

const size = (file) => gzipSync(readFileSync(path.join(out, file)), { level: 9 }).length;
const pages = readdirSync(out, { recursive: true }).filter((file) => file.endsWith('index.html'));
let failed = pages.length === 0;
const first = new Set();

for (const page of pages.sort()) {
  const html = readFileSync(path.join(out, page), 'utf8');
  const scripts = [...new Set([...html.matchAll(/<script[^>]*\ssrc="\/([^"?]+)"[^>]*>/g)].filter((hit) => !hit[0].includes('noModule')).map((hit) => decodeURI(hit[1])))];
  scripts.forEach((script) => first.add(script));
  const bytes = scripts.reduce((sum, script) => sum + size(script), 0);
  const bad = bytes > FIRST_LOAD;
  failed ||= bad;
  console.log(`${bad ? 'TOO LARGE' : 'ok       '} ${(bytes / 1000).toFixed(1).padStart(6)} kB  /${path.dirname(page) === '.' ? '' : path.dirname(page)}`);
}

const lazy = readdirSync(path.join(out, '_next/static/chunks'), { recursive: true }).map((file) => `_next/static/chunks/${file}`).filter((file) => file.endsWith('.js') && !first.has(file));
const charts = lazy.filter((file) => /registerables|chartArea|LinearScale/.test(readFileSync(path.join(out, file), 'utf8')));
const chartBytes = charts.reduce((sum, file) => sum + size(file), 0);
failed ||= charts.length === 0 || chartBytes > CHARTS;
console.log(`${charts.length && chartBytes <= CHARTS ? 'ok       ' : 'TOO LARGE'} ${(chartBytes / 1000).toFixed(1).padStart(6)} kB  charts, loaded when needed`);
process.exit(failed ? 1 : 0);
