import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { asLine, HOSTILE } from './hostile';

const root = path.resolve(__dirname, '../..');
const tweetsent = path.join(root, '.venv/bin/tweetsent');
const STARTS_WITHIN_S = 240;

/** A folder with a store, models and reports of its own, and the commands in it. */
export class Place {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tweetsent-e2e-'));
  private server: ChildProcess | null = null;
  private readonly env: NodeJS.ProcessEnv;

  constructor(readonly port: number) {
    for (const name of ['models', 'reports']) mkdirSync(path.join(this.folder, name));
    this.env = { ...process.env, PYTHONPATH: root, TWEETSENT_STORE_URL: `sqlite:///${this.folder}/store.sqlite`, TWEETSENT_MODELS_DIR: `${this.folder}/models`, TWEETSENT_REPORTS_DIR: `${this.folder}/reports`, KEY_FILE: path.join(this.folder, 'key') };
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async run(...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(tweetsent, words, { cwd: root, env: this.env, encoding: 'utf8', maxBuffer: 2 ** 26 });
    return stdout;
  }

  async newKey(name: string, scopes: string[]): Promise<string> {
    const told = (await this.run('keys', 'create', '--name', name, ...scopes.flatMap((scope) => ['--scope', scope]), '--json')).trim().split('\n');
    return (JSON.parse(told.at(-1)!) as { key: string }).key;
  }

  write(name: string, rows: object[]): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, rows.map(asLine).join('\n'));
    return file;
  }

  start(program: string, ...words: string[]): void {
    this.server = spawn(program, words, { cwd: root, env: this.env, stdio: 'ignore', detached: true });
  }

  async until(ready: () => boolean | Promise<boolean>): Promise<void> {
    for (let waited = 0; !(await ready()); waited += 0.5) {
      if (this.server?.exitCode != null || waited > STARTS_WITHIN_S) throw new Error(`the server on port ${this.port} did not start; frontend/scripts/demo.sh shows why`);
      await new Promise((done) => setTimeout(done, 500));
    }
  }

  stop(): void {
    if (this.server?.pid && this.server.exitCode === null) process.kill(-this.server.pid, 'SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What `make demo-web` shows: a small model trained on the embedded sample, its tweets scored and labelled. Besides: a second model, and a run on hostile tweets. */
export async function sampleServer(port: number): Promise<Place> {
  const place = new Place(port);
  const labels = ['bearish', 'neutral', 'bullish'];
  const hostile = place.write('hostile.jsonl', HOSTILE.map((text, i) => ({ text, label: labels[i % 3] })));
  try {
    const train = (...words: string[]) => place.run('run', 'train', '-p', 'data', 'sample', '-p', 'model', 'tfidf', ...words);
    await Promise.all([train('-p', 'seed', '13'), train('-p', 'seed', '14'), train('-p', 'test', hostile, '-p', 'run_id', 'hostile')]);
    place.start('bash', path.join(root, 'frontend/scripts/demo.sh'), String(port));
    const keyFile = path.join(place.folder, 'key');
    const [second] = await Promise.all([
      place.newKey('second', ['predict', 'review', 'admin']),
      place.run('label', hostile, '--annotator', 'vader,simulator', '-p', 'run_id', 'label-hostile'),
      place.until(() => existsSync(keyFile)),
    ]);
    process.env.TWEETSENT_E2E_KEY = readFileSync(keyFile, 'utf8');
    process.env.TWEETSENT_E2E_KEY2 = second;
    process.env.TWEETSENT_E2E_FOLDER = place.folder;
  } catch (error) {
    place.stop();
    throw error;
  }
  return place;
}

/** A server on the day of its installation: no tweets, no labels, no runs. */
export async function emptyServer(port: number): Promise<Place> {
  const place = new Place(port);
  try {
    place.start(tweetsent, 'serve', '--dev', '--port', String(port));
    await place.until(async () => (await fetch(`${place.url}/health`).catch(() => null))?.ok ?? false);
    process.env.TWEETSENT_E2E_EMPTY = place.url;
    process.env.TWEETSENT_E2E_EMPTY_KEY = await place.newKey('first', ['predict', 'review', 'admin']);
  } catch (error) {
    place.stop();
    throw error;
  }
  return place;
}
