import createClient from 'openapi-fetch';
import { asProblem, problemOf } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

const TIMEOUT_MS = 30_000;

/** The same origin always: the session cookie goes along, and a key never passes through here except to `POST /session`. */
export const api = createClient<paths>({
  baseUrl: typeof window === 'undefined' ? 'http://localhost' : window.location.origin,
  credentials: 'same-origin',
  fetch: (request) => globalThis.fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) }),
});

/** The data of a call. Throws ApiProblem. */
export async function ask<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let result;
  try {
    result = await call;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw asProblem(thrown);
  }
  if (!result.response.ok) throw problemOf(result.error, result.response);
  return result.data as T;
}
