import type { Metadata, Viewport } from 'next';
import { GeistSans } from 'geist/font/sans';
import localFont from 'next/font/local';
import { Suspense, type ReactNode } from 'react';
import { Providers } from '@/components/shell/providers';
import { Shell } from '@/components/shell/shell';
import './globals.css';

const mono = localFont({ src: '../../node_modules/geist/dist/fonts/geist-mono/GeistMono-Variable.woff2', variable: '--font-geist-mono', preload: false }); // only names of runs are set in it

export const metadata: Metadata = {
  title: { default: 'Dashboard · tweetsent', template: '%s · tweetsent' },
  description: 'What tweets say about the market, how sure the model is, and why.',
};
export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning className={`${GeistSans.variable} ${mono.variable}`}>
      <body>
        {/* nothing in it waits: what stands behind such a boundary comes to life in slices of 5 ms, and not in one piece */}
        <Suspense>
          <Providers>
            <Shell>{children}</Shell>
          </Providers>
        </Suspense>
      </body>
    </html>
  );
}
