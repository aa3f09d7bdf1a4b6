/** Where a server listens that nobody configured. */
export const defaultAddress = '127.0.0.1:50051';

/** Whether `text` names a server: `host:port`, `[ipv6]:port` or `unix:/path`. */
export function isAddress(text: string): boolean {
  if (text.startsWith('unix:')) return text.length > 'unix:'.length;
  const port = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
