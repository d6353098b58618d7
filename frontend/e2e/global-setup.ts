import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const port = Number(process.env.TWEETSENT_E2E_PORT ?? 18557);
const root = path.resolve(__dirname, '../..');

/** The real API in a folder of its own: a small model trained on the embedded sample, SQLite, the sample's tweets scored and labelled. */
export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tweetsent-e2e-'));
  const keyFile = path.join(folder, 'key');
  for (const name of ['models', 'reports']) mkdirSync(path.join(folder, name));
  const own = { TWEETSENT_STORE_URL: `sqlite:///${folder}/store.sqlite`, TWEETSENT_MODELS_DIR: `${folder}/models`, TWEETSENT_REPORTS_DIR: `${folder}/reports`, KEY_FILE: keyFile };
  const env = { ...process.env, PYTHONPATH: root, ...own };
  for (const seed of ['13', '14']) execFileSync(path.join(root, '.venv/bin/tweetsent'), ['run', 'train', '-p', 'data', 'sample', '-p', 'model', 'tfidf', '-p', 'seed', seed], { cwd: root, env, stdio: 'ignore' });
  const server = spawn('bash', [path.join(root, 'frontend/scripts/demo.sh'), String(port)], { cwd: root, env, stdio: ['ignore', 'ignore', 'ignore'], detached: true });
  const stop = () => {
    if (server.pid && server.exitCode === null) process.kill(-server.pid, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  for (let waited = 0; !existsSync(keyFile); waited += 0.5) {
    if (server.exitCode !== null || waited > 240) throw (stop(), new Error('the API did not start; frontend/scripts/demo.sh shows why'));
    await new Promise((done) => setTimeout(done, 500));
  }
  process.env.TWEETSENT_E2E_KEY = readFileSync(keyFile, 'utf8');
  return stop;
}
