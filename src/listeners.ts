import { StartRefused } from './errors.ts';
import { type ReloadingTls, type ReloadingTlsParts, openReloadingTls } from './tls/reloading-tls.ts';
import type { TlsSettings } from './tls/tls-settings.ts';
import { type ListenAddress, isRemote, resolveListenAddress } from './grpc/listen-address.ts';

/** A listener as the operator has set it. A Unix socket needs no TLS: nobody else can open it. */
export interface ListenerSettings {
  readonly address: string;
  /** What messages call the setting that the address is from. */
  readonly setting: string;
  readonly tls?: TlsSettings | undefined;
}

/** Where calls are to be taken, and with which certificates. */
export interface OpenListener {
  readonly settings: ListenerSettings;
  readonly addresses: readonly ListenAddress[];
  readonly tls: ReloadingTls | undefined;
}

/** Resolves the addresses of listeners and reads their certificates. Throws `StartRefused`. */
export function openListeners(listeners: readonly ListenerSettings[], parts: ReloadingTlsParts): Promise<readonly OpenListener[]> {
  return Promise.all(
    listeners.map(async (settings) => {
      const { address, setting, tls } = settings;
      const addresses = await resolveListenAddress(address, setting, { mayBeRemote: tls !== undefined });
      return { settings, addresses, tls: tls && (await openReloadingTls(tls, parts)) };
    }),
  );
}

/** Where the metrics are to be read: beyond this machine only with TLS, or where the operator says that plaintext will do. */
export async function openMetricsListener(
  { address: text, setting, tls: settings, allowPlaintext }: ListenerSettings & { readonly allowPlaintext: boolean },
  parts: ReloadingTlsParts,
): Promise<{ readonly host: string; readonly port: number; readonly tls?: ReloadingTls }> {
  const [address] = await resolveListenAddress(text, setting, { mayBeRemote: settings !== undefined || allowPlaintext });
  if (address?.kind !== 'tcp') throw new StartRefused(`${setting}: must be host:port.`);
  const { host, port } = address;
  return settings === undefined ? { host, port } : { host, port, tls: await openReloadingTls(settings, parts) };
}

/** Until when the certificates of listeners are valid, in milliseconds since 1970. */
export function certificatesOf(
  listeners: readonly OpenListener[],
): readonly { readonly listener: string; readonly expiresAt: number }[] {
  return listeners.flatMap(({ settings, tls }) =>
    tls === undefined ? [] : [{ listener: settings.address, expiresAt: tls.current.leaf.validToDate.getTime() }],
  );
}

/** Whether any of them can be reached from other machines. */
export function areRemote(listeners: readonly OpenListener[]): boolean {
  return listeners.some(({ addresses }) => addresses.some(isRemote));
}

/**
 * Where other machines can come, somebody must be able to say who they are, or to make somebody who can: the owner of a Unix socket is
 * the administrator or root. Throws `StartRefused`.
 */
export function requireIdentities(
  listeners: readonly OpenListener[],
  { issuers, principals }: { readonly issuers: number; readonly principals: number },
): void {
  const hasSocket = listeners.some(({ addresses }) => addresses.some(({ kind }) => kind === 'unix'));
  if (issuers > 0 || principals > 0 || hasSocket) return;
  const open = listeners.find(({ addresses, tls }) => addresses.some(isRemote) && tls?.settings.clients === undefined);
  if (open === undefined) return;
  throw new StartRefused(
    `${open.settings.setting}: ${open.settings.address} can be reached from other machines, and nobody could call: give it a client_ca, ` +
      'name an OpenID Connect issuer in identities.oidc, add a listener at unix:/path, whose owner is the administrator, ' +
      'or start the server once on 127.0.0.1, which makes an administrator with a token.',
  );
}
