/** Where a server listens that nobody configured. */
export const defaultAddress = '127.0.0.1:50051';

/** Whether `text` names a server: `host:port`, `[ipv6]:port` or `unix:/path`. */
export function isAddress(text: string): boolean {
  if (isUnixAddress(text)) return text.length > 'unix:'.length;
  const port = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

/** What the certificate of a server at this address names; of one at a Unix socket, gRPC's name for it. */
export function hostOf(address: string): string {
  if (isUnixAddress(address)) return 'localhost';
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

/** Whether what is sent there stays on this machine, at an address that `isAddress`. */
export function isLocalAddress(address: string): boolean {
  return isUnixAddress(address) || /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|localhost):\d+$/.test(address);
}

export function isUnixAddress(address: string): boolean {
  return address.startsWith('unix:');
}
