import { type IncomingMessage, get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { StartRefused } from '../errors.ts';
import { UnusableSource } from './source.ts';

export interface FetchBounds {
  /** For all of it, from the name's look-up to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** An address that may be fetched: HTTPS, or HTTP of this machine. Throws `StartRefused`. */
export function parseFetchUrl(text: string, setting: string): URL {
  const url = URL.parse(text);
  const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname));
  if (url === null || !isAllowed || url.username !== '' || url.password !== '') {
    throw new StartRefused(`${setting}: ${text} must be https://…, or http://… of this machine, and without a user.`);
  }
  return url;
}

/** The body of a 200. Redirects are not followed and nothing is unpacked. Fails with UnusableSource. */
export async function fetchText(url: URL, bounds: FetchBounds): Promise<string> {
  const signal = AbortSignal.timeout(bounds.timeoutMs);
  try {
    return await textOf(await respond(url, signal), bounds.maxBytes);
  } catch (error) {
    if (error instanceof UnusableSource) throw error;
    const why = signal.aborted || !(error instanceof Error) ? 'no answer in time' : error.message;
    throw new UnusableSource(`it cannot be fetched: ${why}`, { cause: error });
  }
}

function respond(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // A connection of its own: fetches are minutes apart.
  const options = { signal, agent: false, headers: { accept: 'application/json' } };
  const request =
    url.protocol === 'https:' ? getSecure(url, { ...options, rejectUnauthorized: true }, resolve) : getPlain(url, options, resolve);
  request.on('error', reject);
  return promise;
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  try {
    if (response.statusCode !== 200) throw new UnusableSource(`it is answered with the status ${response.statusCode}`);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) throw new UnusableSource(`it is longer than ${maxBytes} bytes`);
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    response.destroy();
  }
}

const loopback = /^(?:127\.[0-9]+\.[0-9]+\.[0-9]+|\[::1\]|localhost)$/;
