import type { NativeKeyTable } from '../crypto/native.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { ServiceClock } from '../keyring/service-clock.ts';
import type { RowSeal } from '../keyring/row-seal.ts';
import type { UseCounts } from '../keyring/use-counts.ts';
import type { Store } from '../storage/store.ts';

/** What the use cases of the control plane work with. Each takes the part it needs. */
export interface ControlPlane {
  readonly keyring: Pick<Keyring, 'key' | 'change'>;
  /** For lists, which read the store page by page. */
  readonly store: Pick<Store, 'listKeys' | 'listKeysToLookAt' | 'listMaterials' | 'listAliases'>;
  readonly seal: RowSeal;
  /** Advisory: for what is shown, never for a decision. */
  readonly uses: Pick<UseCounts, 'since' | 'ofKey' | 'ofMaterials'>;
  readonly table: Pick<NativeKeyTable, 'generateMaterial' | 'pageMac' | 'verifyPageMac' | ImportCalls>;
  /** 16 bytes: the domain key that wraps new backing keys. */
  readonly domainKeyId: Uint8Array;
  readonly clock: Pick<ServiceClock, 'now' | 'steadyNow' | 'keep'>;
  /** The most rotations on demand that a key may have in its life. */
  readonly maxOnDemandRotations: number;
  /** A new random key id. */
  readonly newKeyId: () => KeyId;
}

type ImportCalls =
  'createImportKey' | 'loadImportKey' | 'evictImportKey' | 'createImportToken' | 'openImportToken' | 'unwrapImport';
