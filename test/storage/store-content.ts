import type { Change, GrantRow, KeyCount, MaterialRow, Page, Row, Snapshot, Store } from '../../src/storage/store.ts';

/** Commits on top of whatever the store holds now. */
export async function commitNow(store: Store, change: Change): Promise<number> {
  const { counter } = await store.readDomainKeys();
  return store.commit(change, { expectedCounter: counter });
}

/** The value of a read; fails when the answer is from another state than `counter`. */
export async function valueAt<T>(counter: number, snapshot: Promise<Snapshot<T>>): Promise<T> {
  const { counter: actual, value } = await snapshot;
  if (actual !== counter) throw new Error(`The read answered from counter ${actual}, not ${counter}.`);
  return value;
}

/** A comparable form: bytes as hex, whether the adapter answers a Buffer or a plain array. */
export function plain(row: Row | undefined): object | undefined {
  if (row === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [field, value instanceof Uint8Array ? toHex(value) : value]),
  );
}

export function plainRows(rows: readonly Row[]): readonly (object | undefined)[] {
  return rows.map(plain);
}

/** In one order, with their fields in one order. */
export function plainCounts(counts: readonly KeyCount[]): readonly string[] {
  const flags = ['disabled', 'pendingDeletion', 'pendingImport', 'insecure'] as const;
  return counts.map((row) => [...flags.filter((flag) => row[flag]), row.count].join(' ')).toSorted();
}

interface Sought {
  readonly tokens?: readonly { readonly scope: string; readonly token: string }[];
  /** Of keys that may be gone. */
  readonly keyIds?: readonly string[];
  /** Of principals that may have no row. */
  readonly principalIds?: readonly string[];
  readonly now?: number;
}

/** Everything the store answers, read in pages. Client tokens and tombstones cannot be listed: `sought` names them. */
export async function contentOf(store: Store, { tokens = [], keyIds = [], principalIds = [], now = 0 }: Sought = {}) {
  const { counter, value: domainKeys } = await store.readDomainKeys();
  const keys = await allPages(
    (after: string | undefined) => store.listKeys({ after, limit: pageSize }),
    (row) => row.keyId,
  );
  const aliases = await allPages(
    (after: string | undefined) => store.listAliases({ after, limit: pageSize }),
    (row) => row.aliasName,
  );
  const perKey = [];
  for (const keyId of new Set([...keys.map((row) => row.keyId), ...keyIds])) {
    const materials = await allMaterials(store, keyId);
    const ofKey = await allPages(
      (after: string | undefined) => store.listAliases({ after, limit: pageSize }, keyId),
      (row) => row.aliasName,
    );
    const tombstone = plain((await store.readTombstone(keyId)).value);
    const aliasNames = ofKey.map((row) => row.aliasName);
    const uses = await usesOf(store, keyId, materials);
    perKey.push({ keyId, tombstone, materials: plainRows(materials), aliases: aliasNames, uses });
  }
  const clientTokens = [];
  for (const { scope, token } of tokens) clientTokens.push(plain((await store.readClientToken(scope, token)).value));
  const toLookAt = await allPages(
    (after: string | undefined) => store.listKeysToLookAt(now, { after, limit: pageSize }),
    (row) => row.keyId,
  );
  const marks = [(await store.readMark('time')).value, (await store.readMark('insecure')).value];
  return {
    counter,
    counts: plainCounts((await store.countKeys(now)).value),
    domainKeys: plainRows(domainKeys),
    importKeys: plainRows((await store.readImportKeys()).value),
    keys: plainRows(keys),
    toLookAt: toLookAt.map((row) => row.keyId),
    marks: marks.map(plain),
    aliases: plainRows(aliases),
    perKey,
    clientTokens,
    access: await accessContentOf(
      store,
      perKey.map(({ keyId }) => keyId),
      principalIds,
    ),
  };
}

/** Who may do what: all principals and groups, and access tokens and grants of those principals and keys. */
async function accessContentOf(store: Store, keyIds: readonly string[], principalIds: readonly string[]) {
  const principals = await allPages(
    (after: string | undefined) => store.listPrincipals({ after, limit: pageSize }),
    (row) => row.path,
  );
  const groups = await allPages(
    (after: string | undefined) => store.listGroups({ after, limit: pageSize }),
    (row) => row.groupName,
  );
  const tokens = [];
  const toRetire = [];
  for (const principalId of new Set([...principals.map((row) => row.principalId), ...principalIds])) {
    const ofPrincipal = await allPages(
      (after: string | undefined) => store.listAccessTokens(principalId, { after, limit: pageSize }),
      (row) => row.tokenId,
    );
    tokens.push(...ofPrincipal);
    const retiring = await allGrants((page) => store.listGrantsToRetire(principalId, page));
    toRetire.push(...retiring.map((row) => `${row.grantId} by ${principalId}`));
  }
  const grants = [];
  for (const keyId of keyIds) grants.push(...(await allGrants((page) => store.listGrants(keyId, page))));
  return {
    principals: plainRows(principals),
    principalCount: (await store.countPrincipals()).value,
    groups: plainRows(groups),
    tokens: plainRows(tokens),
    grants: plainRows(grants),
    toRetire,
  };
}

/** What `contentOf` says of a store in which nobody may do anything. */
export const noAccess = { principals: [], principalCount: 0, groups: [], tokens: [], grants: [], toRetire: [] };

export function allGrants(list: (page: Page<string>) => Promise<Snapshot<readonly GrantRow[]>>, limit = pageSize) {
  return allPages(
    (after: string | undefined) => list({ after, limit }),
    (row) => row.grantId,
  );
}

/** Of each backing key and of all together, with their fields in one order. */
async function usesOf(store: Store, keyId: string, materials: readonly MaterialRow[]): Promise<readonly string[]> {
  const ids = materials.map((row) => row.keyMaterialId);
  const ofMaterials = await store.readUses(keyId, ids);
  const sum = await store.sumUses(keyId);
  const inOrder = ids.flatMap((id) => ofMaterials.find((row) => row.keyMaterialId === id) ?? []);
  return [...inOrder, ...(sum === undefined ? [] : [sum])].map((row) => JSON.stringify(row, usesFields));
}

const usesFields = ['keyMaterialId', 'encryptions', 'decryptions', 'plaintextBytes', 'firstUsedAt', 'lastUsedAt'];

export function allMaterials(store: Store, keyId: string, limit = pageSize) {
  return allPages(
    (after: number | undefined) => store.listMaterials(keyId, { after, limit }),
    (row) => row.sequence,
  );
}

export async function allPages<R, Cursor>(
  readPage: (after: Cursor | undefined) => Promise<Snapshot<readonly R[]>>,
  cursorOf: (row: R) => Cursor,
): Promise<R[]> {
  const rows: R[] = [];
  const cursors = new Set<Cursor>();
  let page = await readPage(undefined);
  while (page.value.length > 0) {
    rows.push(...page.value);
    const cursor = cursorOf(page.value[page.value.length - 1]!);
    if (cursors.has(cursor)) throw new Error(`Paging does not end: it comes back to ${JSON.stringify(cursor)}.`);
    cursors.add(cursor);
    page = await readPage(cursor);
  }
  return rows;
}

function toHex(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
}

const pageSize = 3;
