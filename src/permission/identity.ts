import type { PrincipalSnapshot } from '../keyring/directory.ts';

/** Who calls, and how they came. Made anew, or looked at anew, for each call. */
export interface Identity {
  readonly who: PrincipalSnapshot;
  /** The address of the other end; absent on a Unix socket. */
  readonly sourceIp: string | undefined;
  /** Whether nobody on the way could read the call: TLS, or a Unix socket. */
  readonly secureTransport: boolean;
}
