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

/** As `ListenerSettings`; plaintext may leave the machine where the operator says that it will do. */
interface MetricsListenerSettings extends ListenerSettings {
  readonly allowPlaintext: boolean;
}

export interface OpenMetricsListener {
  readonly host: string;
  readonly port: number;
  readonly tls?: ReloadingTls;
}

/** Resolves the addresses of listeners and reads their certificates. Throws `StartRefused` that names each one that will not do. */
export async function openListeners(
  { listeners, metrics }: { readonly listeners: readonly ListenerSettings[]; readonly metrics: MetricsListenerSettings },
  parts: ReloadingTlsParts,
): Promise<{ readonly listeners: readonly OpenListener[]; readonly metricsListener: OpenMetricsListener }> {
  const opening = listeners.map((settings) => openListener(settings, parts));
  const openingMetrics = openMetricsListener(metrics, parts);
  const refused: StartRefused[] = [];
  for (const outcome of await Promise.allSettled([...opening, openingMetrics])) {
    if (outcome.status === 'fulfilled') continue;
    if (!(outcome.reason instanceof StartRefused)) throw outcome.reason;
    refused.push(outcome.reason);
  }
  if (refused.length > 1)
    throw new StartRefused(['The settings are not right:', ...refused.map(({ message }) => message)].join('\n  '));
  return { listeners: await Promise.all(opening), metricsListener: await openingMetrics };
}

async function openListener(settings: ListenerSettings, parts: ReloadingTlsParts): Promise<OpenListener> {
  const { address, setting, tls } = settings;
  const addresses = await resolveListenAddress(address, setting, { mayBeRemote: tls !== undefined });
  return { settings, addresses, tls: tls && (await openReloadingTls(tls, parts)) };
}

/** Where the metrics are to be read: beyond this machine only with TLS, or where the operator says that plaintext will do. */
async function openMetricsListener(
  { address: text, setting, tls: settings, allowPlaintext }: MetricsListenerSettings,
  parts: ReloadingTlsParts,
): Promise<OpenMetricsListener> {
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
