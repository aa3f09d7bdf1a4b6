import { lookup } from 'node:dns/promises';
import { lstat, unlink } from 'node:fs/promises';
import { type Socket, connect, isIP } from 'node:net';
import { StartRefused } from '../errors.ts';

/** Where to listen. */
export type ListenAddress =
  { readonly kind: 'tcp'; readonly host: string; readonly port: number } | { readonly kind: 'unix'; readonly path: string };

/**
 * The addresses that a setting names: `unix:/path`, or `host:port`, one for each address of the host. Unless it may be remote,
 * anything that another machine could reach is refused (`StartRefused`).
 */
export async function resolveListenAddress(
  text: string,
  setting: string,
  { mayBeRemote = false, lookUp = (host) => lookup(host, { all: true }) }: ListenOptions = {},
): Promise<readonly ListenAddress[]> {
  if (text.startsWith('unix:')) return [{ kind: 'unix', path: text.slice('unix:'.length) }];
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) throw new StartRefused(`${setting}: ${text} has no such port; a port is 0 to 65535.`);
  const hosts = isIP(host) === 0 ? await addressesOf(host, `${setting}: ${text}`, lookUp) : [host];
  if (!mayBeRemote && !hosts.every(isLoopback)) {
    throw new StartRefused(
      `${setting}: ${text} can be reached from other machines, where everything that is sent could be read: give it TLS, or listen on 127.0.0.1, [::1], localhost or unix:/path.`,
    );
  }
  return hosts.map((address) => ({ kind: 'tcp', host: address, port }));
}

export interface ListenOptions {
  /** With TLS. */
  readonly mayBeRemote?: boolean;
  readonly lookUp?: LookUp;
}

/** Answers all addresses of a host. */
export type LookUp = (host: string) => Promise<readonly { readonly address: string }[]>;

/** Whether other machines can reach it. */
export function isRemote(address: ListenAddress): boolean {
  return address.kind === 'tcp' && !isLoopback(address.host);
}

/** In the form in which it is configured. */
export function formatAddress(address: ListenAddress): string {
  return address.kind === 'tcp' ? formatTcp(address.host, address.port) : `unix:${address.path}`;
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatTcp(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Makes room for a Unix socket: removes one that nobody listens on. A live one, or a file that is no socket, is refused. */
export async function clearSocketPath(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new StartRefused(`unix:${path} cannot be used: ${error.message}.`, { cause: error });
  });
  if (found === undefined) return;
  if (!found.isSocket()) throw new StartRefused(`unix:${path} exists and is not a socket; it was left alone.`);
  if (await isListening(path)) throw new StartRefused(`unix:${path} is in use by another process; it was left alone.`);
  await unlink(path);
}

/** Only localhost is looked up: what another name means may change after the start. */
async function addressesOf(host: string, what: string, lookUp: LookUp): Promise<readonly string[]> {
  if (host !== 'localhost') throw new StartRefused(`${what}: the host must be an IP address or localhost.`);
  try {
    return (await lookUp(host)).map(({ address }) => address);
  } catch (cause) {
    throw new StartRefused(`${what}: localhost cannot be resolved.`, { cause });
  }
}

/** 127.0.0.0/8 and ::1. An IPv4 address inside IPv6 (::ffff:127.0.0.1) is not needed and not accepted. */
function isLoopback(address: string): boolean {
  return isIP(address) === 4 ? address.startsWith('127.') : address === '::1' || /^(0{1,4}:){7}0{0,3}1$/.test(address);
}

function isListening(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket: Socket = connect(path);
  socket.once('connect', () => resolve(true));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  return promise.finally(() => socket.destroy());
}
