import type { PrincipalId } from '../access/principal.ts';
import type { NativeKeyTable } from '../crypto/native.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { ServiceClock } from '../keyring/service-clock.ts';
import type { RowSeal } from '../keyring/row-seal.ts';
import type { UseCounts } from '../keyring/use-counts.ts';
import type { Store } from '../storage/store.ts';
import type { NewToken } from './access/first-administrator.ts';
import type { PrincipalFinder } from './bind-principals.ts';

/** What the use cases of the control plane work with. Each takes the part it needs. */
export interface ControlPlane {
  readonly keyring: Pick<Keyring, 'key' | 'change' | 'directory'>;
  /** For lists, which read the store page by page. */
  readonly store: Pick<Store, 'listKeys' | 'listKeysToLookAt' | 'listMaterials' | 'listAliases' | AccessLists>;
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
  /** A new random grant id: 64 hex digits in lower case. */
  readonly newGrantId: () => string;
  readonly principals: PrincipalFinder;
  /** A new random id. */
  readonly newPrincipalId: () => PrincipalId;
  /** A new random access token. */
  readonly newToken: () => NewToken;
}

type AccessLists = 'listPrincipals' | 'listAccessTokens' | 'listGroups' | 'readGrant' | 'listGrants' | 'listGrantsToRetire';

type ImportCalls =
  'createImportKey' | 'loadImportKey' | 'evictImportKey' | 'createImportToken' | 'openImportToken' | 'unwrapImport';
