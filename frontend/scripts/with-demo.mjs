// A server as `make demo-web` starts it, in a folder of its own, and a session on it. DEMO_URL and KEY_FILE name one that runs already.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PORT = Number(process.env.PORT ?? 18560);
const script = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'demo.sh');

async function session(url, keyFile) {
  const answer = await fetch(`${url}/api/v1/session`, { method: 'POST', headers: { origin: url, 'content-type': 'application/json' }, body: JSON.stringify({ key: readFileSync(keyFile, 'utf8') }) });
  return { url, cookie: answer.headers.get('set-cookie').split(';')[0] };
}

/** Calls work({ url, cookie }) while the server runs. `tweets`: a file to show instead of the sample. */
export async function withDemo(work, tweets = 'sample') {
  if (process.env.DEMO_URL) return work(await session(process.env.DEMO_URL, process.env.KEY_FILE));
  const folder = mkdtempSync(path.join(tmpdir(), 'tweetsent-demo-'));
  for (const name of ['models', 'reports']) mkdirSync(path.join(folder, name));
  const env = { ...process.env, TWEETSENT_STORE_URL: `sqlite:///${folder}/store.sqlite`, TWEETSENT_MODELS_DIR: `${folder}/models`, TWEETSENT_REPORTS_DIR: `${folder}/reports`, KEY_FILE: path.join(folder, 'key') };
  const server = spawn('bash', [script, String(PORT), tweets], { env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const stop = () => {
    if (server.exitCode === null) process.kill(-server.pid, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (stop(), process.exit(1)));
  try {
    while (!existsSync(env.KEY_FILE)) {
      if (server.exitCode !== null) throw new Error('the server did not start');
      await new Promise((done) => setTimeout(done, 500));
    }
    return await work(await session(`http://127.0.0.1:${PORT}`, env.KEY_FILE));
  } finally {
    stop();
  }
}
