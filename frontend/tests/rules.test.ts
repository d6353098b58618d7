// @vitest-environment node
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(__dirname, '..');
const files = (folder: string): string[] => readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file));
const sources = files('src').filter((file) => /\.(tsx?|css)$/.test(file) && !file.endsWith('schema.d.ts'));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

test('the page needs no server of its own', () => {
  expect(read('next.config.mjs')).toContain("output: 'export'");
  const named = [...sources, ...readdirSync(root)].filter((file) => /(^|\/)middleware\.[tj]sx?$|\/route\.[tj]sx?$|app\/api(\/|$)|\[[^/]*\]/.test(file));
  expect(named).toEqual([]);
  expect(sources.filter((file) => /['"]use server['"]|from 'next\/(image|headers|server)'|getServerSideProps/.test(read(file)))).toEqual([]);
});

test('colours come from tokens, and nothing is put into the page as markup', () => {
  expect(sources.filter((file) => /dangerouslySetInnerHTML|innerHTML/.test(read(file)))).toEqual([]);
  expect(sources.filter((file) => file.endsWith('.tsx') && /#[0-9a-f]{3,8}\b['"; ]/i.test(read(file)))).toEqual([]);
});

test('no key and no tweet is stored by script', () => {
  const stores = sources.filter((file) => /localStorage|sessionStorage|persist\(|document\.cookie|indexedDB/.test(read(file))).sort();
  expect(stores).toEqual(['src/lib/load.ts', 'src/stores/preferences.ts', 'src/stores/review.ts']); // load.ts: which files are missing
});

test('files are named in small letters with dashes and components stay small', () => {
  expect(sources.filter((file) => !/^[a-z0-9/.-]+$/.test(file))).toEqual([]);
  expect(sources.filter((file) => read(file).split('\n').length > 200)).toEqual([]);
  expect(sources.filter((file) => file.endsWith('page.tsx') && read(file).split('\n').length > 80)).toEqual([]);
});

test('the export asks no other origin for anything', ({ skip }) => {
  skip(!existsSync(path.join(root, 'out')), 'the page is not built; run npm run build first');
  const text = files('out').filter((file) => /\.(html|css|txt)$/.test(file));
  const outside = text.flatMap((file) => [...read(file).matchAll(/(?:src|href|action)=["'](https?:)?\/\/[^"']+|url\(["']?(?:https?:)?\/\/[^)]+|@import[^;]+/g)].map((hit) => `${file}: ${hit[0]}`));
  expect(outside).toEqual([]);
  expect(files('out').filter((file) => file.includes('_next/image'))).toEqual([]);
});
