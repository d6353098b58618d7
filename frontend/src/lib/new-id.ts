/** A name for a request that is counted once. `crypto.randomUUID` exists on HTTPS and loopback only. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
