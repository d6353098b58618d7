// What a route loads first, gzipped: the scripts in its file and those of its content (components/later.tsx); and the largest lazy chunk of the charts. Run after `next build`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD = 150_000;
const CHARTS = 100_000;
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const out = path.join(root, 'out');

const text = (file) => readFileSync(path.join(out, file), 'utf8');
const size = (file) => gzipSync(readFileSync(path.join(out, file)), { level: 9 }).length;
const chunks = readdirSync(path.join(out, '_next/static/chunks'), { recursive: true }).map((file) => `_next/static/chunks/${file}`).filter((file) => file.endsWith('.js'));
const pages = readdirSync(out, { recursive: true }).filter((file) => file.endsWith('index.html'));

/** The chunks that webpack fetches for a lazy component, as it wrote them down: `Promise.all([t.e(1),t.e(2)]).then(t.bind(t,3)).then(e=>e.Name)`. */
function contentOf(route, scripts) {
  const source = readFileSync(path.join(root, 'src/app', route, 'page.tsx'), 'utf8');
  const name = /import \{ (\w+) \} from '@\/features\/[a-z/]+-later'/.exec(source)?.[1];
  const wanted = new RegExp(String.raw`((?:\w+\.e\(\d+\)[\],)]*)+)\.then\(\w+\.bind\(\w+,\d+\)\)\.then\(\w+=>\w+\.${name}\)`);
  const found = scripts.map((script) => wanted.exec(text(script))?.[1]).find(Boolean);
  const ids = [...(found ?? '').matchAll(/\.e\((\d+)\)/g)].map((hit) => hit[1]);
  if (!ids.length) throw new Error(`${route || '/'}: which chunks hold ${name} cannot be read from the build`);
  return ids.map((id) => chunks.find((chunk) => new RegExp(`/${id}[.-][0-9a-f]+\\.js$`).test(chunk)));
}

let failed = pages.length === 0;
const first = new Set();

for (const page of pages.sort()) {
  const route = path.dirname(page) === '.' ? '' : path.dirname(page);
  const named = [...text(page).matchAll(/<script[^>]*\ssrc="\/([^"?]+)"[^>]*>/g)].filter((hit) => !hit[0].includes('noModule')).map((hit) => decodeURI(hit[1]));
  const scripts = [...new Set([...named, ...(route === '404' ? [] : contentOf(route, named))])];
  scripts.forEach((script) => first.add(script));
  const bytes = scripts.reduce((sum, script) => sum + size(script), 0);
  const bad = bytes > FIRST_LOAD;
  failed ||= bad;
  console.log(`${bad ? 'TOO LARGE' : 'ok       '} ${(bytes / 1000).toFixed(1).padStart(6)} kB  /${route}`);
}

const charts = chunks.filter((file) => !first.has(file) && /registerables|chartArea|LinearScale/.test(text(file)));
const chartBytes = charts.reduce((sum, file) => sum + size(file), 0);
failed ||= charts.length === 0 || chartBytes > CHARTS;
console.log(`${charts.length && chartBytes <= CHARTS ? 'ok       ' : 'TOO LARGE'} ${(chartBytes / 1000).toFixed(1).padStart(6)} kB  charts, loaded when needed`);
process.exit(failed ? 1 : 0);
