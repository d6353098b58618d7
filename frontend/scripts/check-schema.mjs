// Are the client's types those of openapi.json?
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folder = mkdtempSync(path.join(tmpdir(), 'tweetsent-schema-'));
try {
  execFileSync('npx', ['openapi-typescript', 'openapi.json', '-o', path.join(folder, 'schema.d.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (readFileSync(path.join(folder, 'schema.d.ts'), 'utf8') !== readFileSync('src/lib/api/schema.d.ts', 'utf8')) {
    console.error('src/lib/api/schema.d.ts is not what openapi.json says: npm run gen:api, then commit it');
    process.exit(1);
  }
  console.log('schema.d.ts is what openapi.json says');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
