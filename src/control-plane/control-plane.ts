import type { NativeKeyTable } from '../crypto/native.ts';
import type { Clock } from '../clock.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { RowSeal } from '../keyring/row-seal.ts';
import type { Store } from '../storage/store.ts';

/** What the use cases of the control plane work with. Each takes the part it needs. */
export interface ControlPlane {
  readonly keyring: Pick<Keyring, 'key' | 'change'>;
  /** For lists, which read the store page by page. */
  readonly store: Pick<Store, 'listKeys' | 'listMaterials' | 'listAliases' | 'readKey'>;
  readonly seal: RowSeal;
  readonly table: Pick<NativeKeyTable, 'generateMaterial' | 'pageMac' | 'verifyPageMac'>;
  /** 16 bytes: the domain key that wraps new backing keys. */
  readonly domainKeyId: Uint8Array;
  readonly clock: Clock;
  /** A new random key id. */
  readonly newKeyId: () => KeyId;
}
