import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import type { Schemas } from '@/lib/api/client';

const url = (path: string) => `http://127.0.0.1:8000/api/v1${path}`;

export const session: Schemas['Session'] = { name: 'ada', scopes: ['predict', 'review', 'admin'], expires_at: '2026-01-02T03:04:05Z' };
export const labels: Schemas['Labels'] = {
  schema_name: 'sentiment3',
  ordinal: true,
  labels: [
    { name: 'bearish', label_id: 0, value: -1, tone: 'bear', abstain: false, description: '' },
    { name: 'neutral', label_id: 1, value: 0, tone: 'flat', abstain: false, description: '' },
    { name: 'bullish', label_id: 2, value: 1, tone: 'bull', abstain: false, description: '' },
  ],
};

export const answers = <T extends object>(method: 'get' | 'post', path: string, body: T, status = 200) => http[method](url(path), () => HttpResponse.json(body, { status }));
export const refuses = (method: 'get' | 'post', path: string, status: number, more: Partial<Schemas['Problem']> = {}, headers: Record<string, string> = {}) =>
  http[method](url(path), () => HttpResponse.json({ type: 'about:blank', title: 'Service Unavailable', status, detail: 'the model is being loaded', instance: path, request_id: 'abc123', ...more }, { status, headers: { 'content-type': 'application/problem+json', ...headers } }));
export const unreachable = (path: string) => http.get(url(path), () => HttpResponse.error());
export const handle = (method: 'get' | 'post', path: string, resolver: Parameters<typeof http.get>[1]) => http[method](url(path), resolver);

export const server = setupServer(answers('get', '/session', session), answers('get', '/labels', labels));
