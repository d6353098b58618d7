import type { components } from './schema';

type ProblemDocument = components['schemas']['Problem'];

/** Why a request gave no data: what the server said (RFC 9457), or that it could not be reached. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number, // 0: the server was not reached; -1: its answer could not be read
    readonly title: string,
    readonly detail: string,
    readonly requestId: string | null = null,
    readonly fields: { where: string; message: string }[] = [],
    readonly retryAfterS: number | null = null,
    readonly item: string | null = null, // what has changed since it was shown (409)
  ) {
    super(`${title}: ${detail}`);
    this.name = 'ApiProblem';
  }

  get isOffline(): boolean {
    return this.status === 0;
  }

  /** Whether asking again may help: the server is away, busy, broken, or another program answers in its place. */
  get passes(): boolean {
    return this.status <= 0 || this.status === 429 || this.status >= 500;
  }
}

function isDocument(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'title' in body && 'detail' in body;
}

export function problemOf(body: unknown, response: Response): ApiProblem {
  const wait = Number(response.headers.get('retry-after'));
  const requestId = response.headers.get('x-request-id');
  if (!isDocument(body)) return new ApiProblem(response.status, response.statusText || `Status ${response.status}`, 'The server gave no reason.', requestId);
  return new ApiProblem(response.status, body.title, body.detail, body.request_id ?? requestId, body.errors ?? [], wait > 0 ? wait : null, body.item ?? null);
}

/** Whatever was thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown;
  if (thrown instanceof SyntaxError) return new ApiProblem(-1, 'Unreadable answer', 'The server answered something that is not JSON. Is another program on its port?');
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') return new ApiProblem(0, 'No answer', 'The server did not answer in time.');
  if (thrown instanceof TypeError) return new ApiProblem(0, 'Server not reached', 'Nothing answered. Is the server running, and this machine connected to it?');
  return new ApiProblem(-1, 'Unexpected failure', thrown instanceof Error ? thrown.message : String(thrown));
}
