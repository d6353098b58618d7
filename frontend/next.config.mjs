// A static export: no Next server runs in production. `next dev` alone hands /api/ on to a server that already runs.
const isDev = process.env.NODE_ENV === 'development';
const server = process.env.TWEETSENT_API ?? 'http://127.0.0.1:8000';

/** @type {import('next').NextConfig} */
export default {
  ...(isDev ? { compress: false, skipTrailingSlashRedirect: true, rewrites: async () => [{ source: '/api/:path*', destination: `${server}/api/:path*` }] } : { output: 'export' }),
  trailingSlash: true,
  reactStrictMode: true,
  images: { unoptimized: true },
  poweredByHeader: false,
  experimental: { optimizePackageImports: ['radix-ui', 'lucide-react'] },
};
