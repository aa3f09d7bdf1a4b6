import { LatchkeyError } from '../client/latchkey-error.ts';
import type { Latchkey } from '../client/connect.ts';
import type { TlsOptions } from '../client/tls.ts';
import type { GlobalOptions } from './command-options.ts';
import { UsageError } from './failure.ts';

/** Connects, and disconnects whatever happens, so that the process can end. */
export async function withServer(options: GlobalOptions, use: (latchkey: Latchkey) => Promise<void>): Promise<void> {
  const latchkey = await connected(options);
  try {
    await use(latchkey);
  } finally {
    latchkey.close();
  }
}

async function connected(options: GlobalOptions): Promise<Latchkey> {
  // Loaded only by commands that call: gRPC takes most of the start-up time.
  const { connect } = await import('../client/connect.ts');
  const { fileToken, foundTls } = await import('../client/credential-files.ts');
  const { address, timeout, tokenFile } = options;
  const tls = foundTls(address, options, process.env);
  const token = tokenFile === undefined ? undefined : fileToken(tokenFile);
  try {
    return connect({
      address,
      timeoutMs: timeout * 1000,
      ...(token === undefined ? {} : { token }),
      ...(tls === undefined ? {} : { tls }),
    });
  } catch (error) {
    // Options that do not go together, whose words the library has.
    if (error instanceof TypeError) throw new UsageError(`${error.message}${inOptions(tls)}`);
    throw error;
  }
}

/** What the library asks for, as this command line has it. */
function inOptions(tls: TlsOptions | undefined): string {
  if (tls === undefined) return ' TLS: --ca <path>, or --ca system.';
  if ((tls.certificate === undefined) === (tls.key === undefined)) return '';
  return ' A certificate to call with: --certificate and --certificate-key, or LATCHKEY_CERTIFICATE and LATCHKEY_KEY.';
}

/** Repeats a call once whose answer was lost. Only for calls that carry a client token: the repetition is the same call then. */
export async function repeatOnce<Response>(call: () => Promise<Response>): Promise<Response> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof LatchkeyError && error.code === 'UNAVAILABLE' && error.reason === undefined) return call();
    throw error;
  }
}

/** Follows the pages of a list to its end, or to `limit` items. `more` says whether there are others. */
export async function allPages<Item>(
  limit: number | undefined,
  page: (request: { page_size: number; page_token: string }) => Promise<{ items: Item[]; next_page_token: string }>,
): Promise<{ items: Item[]; more: boolean }> {
  const wanted = limit ?? Infinity;
  const items: Item[] = [];
  let pageToken = '';
  do {
    const answer = await page({ page_size: Math.min(greatestPage, wanted - items.length), page_token: pageToken });
    items.push(...answer.items);
    pageToken = answer.next_page_token;
  } while (pageToken !== '' && items.length < wanted);
  return { items: items.slice(0, limit), more: pageToken !== '' };
}

const greatestPage = 1000;
