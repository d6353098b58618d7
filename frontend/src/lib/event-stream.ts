export type StreamEvent = { id: string | null; kind: string; data: string };

/** Splits a text/event-stream into events. Feed it what arrives; it keeps what is not complete. */
export function eventParser(onHeartbeat = () => {}): (chunk: string) => StreamEvent[] {
  let rest = '';
  let lastId: string | null = null;
  return (chunk) => {
    const blocks = (rest + chunk).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => {
      const event: StreamEvent = { id: lastId, kind: 'message', data: '' };
      const data: string[] = [];
      for (const line of block.split('\n')) {
        if (line.startsWith(':')) onHeartbeat();
        const [name, value] = fieldOf(line);
        if (name === 'id') event.id = lastId = value;
        if (name === 'event') event.kind = value;
        if (name === 'data') data.push(value);
      }
      event.data = data.join('\n');
      return data.length ? [event] : [];
    });
  };
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}

/** Reads a stream until it ends. Unlike EventSource it can resume after its own Last-Event-ID, and tells why it was refused. */
export async function readEvents(url: string, lastId: string | null, signal: AbortSignal, onEvent: (event: StreamEvent) => void, onOpen = () => {}, onHeartbeat = () => {}): Promise<void> {
  const request = new AbortController(); // a server that never answers is left, too
  const stop = () => request.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    const body = await within(opened(url, lastId, request.signal), SILENT_MS);
    onOpen();
    await readBody(body, eventParser(onHeartbeat), onEvent);
  } finally {
    signal.removeEventListener('abort', stop);
    request.abort();
  }
}

async function opened(url: string, lastId: string | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const response = await fetch(url, { signal, cache: 'no-store', headers: { accept: 'text/event-stream', ...(lastId ? { 'last-event-id': lastId } : {}) } });
  if (!response.ok || !response.body) {
    const { problemOf } = await import('@/lib/api/problem');
    throw problemOf(await response.json().catch(() => null), response);
  }
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw new SyntaxError('not a stream of events');
  return response.body;
}

async function readBody(body: ReadableStream<Uint8Array<ArrayBuffer>>, parse: (chunk: string) => StreamEvent[], onEvent: (event: StreamEvent) => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), SILENT_MS);
      if (done) return;
      parse(value).forEach(onEvent);
    }
  } finally {
    void reader.cancel().catch(() => undefined); // what was cut off already cannot be cut off again
  }
}

const SILENT_MS = 10_000; // two heartbeats and a little: then the other side is gone, whatever the connection says

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new TypeError(`nothing was heard for ${ms / 1_000} s`)), ms)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
