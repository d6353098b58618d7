import { defineConfig } from '@playwright/test';

// What is measured in milliseconds, or changes what others would see, has the machine to itself; the rest shares it.
const ALONE = /(gates|review|work|thread|pages|keyboard)\.spec/;

const port = Number(process.env.TWEETSENT_E2E_PORT ?? 18557);

export default defineConfig({
  testDir: './e2e',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  workers: 2,
  projects: [
    { name: 'alone', testMatch: ALONE, workers: 1 },
    { name: 'beside', testIgnore: ALONE, fullyParallel: true, dependencies: ['alone'] },
  ],
  forbidOnly: true,
  retries: process.env.TWEETSENT_SLACK ? 1 : 0, // beside other work; what passes at the second try is listed as flaky
  reporter: [['list']],
  globalSetup: './e2e/global-setup.ts',
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1280, height: 900 },
    trace: 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});
