import * as fc from 'fast-check';
import { type Change, type Row, type Store, StoreConflict, type UsesRow } from '../../src/storage/store.ts';
import {
  accessTokenRow,
  aliasRow,
  clientTokenRow,
  domainKeyRow,
  grantRow,
  groupRow,
  importKeyRow,
  keyRow,
  markRow,
  materialRow,
  principalRow,
  tombstoneRow,
} from './sample-rows.ts';
import type { StorePlace } from './store-contract.ts';
import { contentOf } from './store-content.ts';

/** Whatever is committed, in whatever order, two adapters answer alike: the same outcome of each commit, the same content. */
export function sameContentProperty(createPlaces: () => Promise<readonly [StorePlace, StorePlace]>) {
  return fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
    const places = await createPlaces();
    const stores = [await places[0].open(), await places[1].open()] as const;
    try {
      for (const { change, counterOff, uses } of steps) {
        const [outcome, other] = await Promise.all(stores.map((store) => commitOutcome(store, change, counterOff)));
        await Promise.all(stores.map((store) => store.addUses(uses)));
        if (outcome !== other) throw new Error(`${outcome} and ${other} of ${JSON.stringify(change)}`);
      }
      const [content, other] = await Promise.all(
        stores.map((store) => contentOf(store, { tokens: everyToken, keyIds: names, principalIds: names, now: middle })),
      );
      if (JSON.stringify(content) !== JSON.stringify(other))
        throw new Error(`${JSON.stringify(content)}\n${JSON.stringify(other)}`);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await Promise.all(places.map((place) => place.remove()));
    }
  });
}

async function commitOutcome(store: Store, change: Change, counterOff: number): Promise<string> {
  const { counter } = await store.readMark('time');
  try {
    return `counter ${await store.commit(change, { expectedCounter: counter + counterOff })}`;
  } catch (error) {
    return error instanceof StoreConflict ? 'conflict' : 'failure';
  }
}

/** Few names, so that rows meet; among them pairs that only bytes tell apart. */
const names = ['', 'a', 'A', 'a\0', 'b', '__proto__', '\uff5e', '\u{10000}'];
const scopes = ['CreateKey', 'RotateKeyOnDemand'];
const everyToken = scopes.flatMap((scope) => names.map((token) => ({ scope, token })));

const name = fc.constantFrom(...names);
const nameOrNone = fc.oneof(fc.constant(null), name);
const revision = fc.nat({ max: 3 });
const middle = 1_790_000_000_005;
const expiresAt = fc.integer({ min: middle - 5, max: middle + 4 });
const dateOrNone = fc.oneof(fc.constant(null), fc.constant(0), expiresAt);

const row: fc.Arbitrary<Row> = fc.oneof(
  fc.tuple(name, expiresAt).map(([id, createdAt]) => domainKeyRow(id, createdAt)),
  fc.tuple(name, expiresAt).map(([id, createdAt]) => importKeyRow(id, createdAt)),
  fc
    .tuple(
      name,
      fc.record({
        disabled: fc.boolean(),
        pendingDeletion: fc.boolean(),
        pendingImportAt: dateOrNone,
        nextLookAt: dateOrNone,
        insecure: fc.boolean(),
        revision,
      }),
    )
    .map(([keyId, fields]) => keyRow(keyId, fields)),
  fc.tuple(name, revision).map(([keyId, number]) => tombstoneRow(keyId, number)),
  fc.tuple(fc.constantFrom('time', 'insecure'), revision).map(([markName, number]) => markRow(markName, number)),
  fc
    .tuple(name, fc.integer({ min: 1, max: 4 }), name, revision)
    .map(([keyId, sequence, id, number]) => materialRow(keyId, sequence, { id, revision: number })),
  fc.tuple(name, name, revision).map(([aliasName, keyId, number]) => aliasRow(aliasName, keyId, number)),
  fc
    .tuple(fc.constantFrom(...scopes), name, expiresAt, revision)
    .map(([scope, token, at, number]) => clientTokenRow(scope, token, { expiresAt: at, revision: number })),
  fc
    .tuple(name, name, nameOrNone, revision)
    .map(([principalId, path, subject, number]) => principalRow(principalId, { path, subject, revision: number })),
  fc
    .tuple(name, name, expiresAt, revision)
    .map(([id, principalId, at, number]) => accessTokenRow(id, { principalId, expiresAt: at, revision: number })),
  fc.tuple(name, revision).map(([groupName, number]) => groupRow(groupName, number)),
  fc
    .tuple(name, fc.record({ keyId: name, granteeId: name, retiringId: nameOrNone, name: nameOrNone, revision }))
    .map(([grantId, columns]) => grantRow(grantId, columns)),
);

/** Short lists: a change with many random rows nearly always fails as a whole. */
const change: fc.Arbitrary<Change> = fc.record(
  {
    insert: fc.array(row, { maxLength: 3 }),
    update: fc.array(row, { maxLength: 2 }),
    deleteAliases: fc.array(name, { maxLength: 2 }),
    deleteAccessTokens: fc.array(name, { maxLength: 2 }),
    deleteGroups: fc.array(name, { maxLength: 2 }),
    deleteGrants: fc.array(name, { maxLength: 2 }),
    deleteKeys: fc.array(name, { maxLength: 1 }),
    deleteImportKeys: fc.array(name, { maxLength: 2 }),
    deleteClientTokensExpiredAt: expiresAt,
  },
  { requiredKeys: [] },
);

const amount = fc.oneof(fc.nat({ max: 9 }), fc.constantFrom(Number.MAX_SAFE_INTEGER - 3));
const used: fc.Arbitrary<UsesRow> = fc
  .tuple(name, amount, amount, amount, expiresAt, expiresAt)
  .map(([keyMaterialId, encryptions, decryptions, plaintextBytes, firstUsedAt, lastUsedAt]) => {
    return { keyMaterialId, encryptions, decryptions, plaintextBytes, firstUsedAt, lastUsedAt };
  });

const step = fc.record({
  change,
  uses: fc.array(used, { maxLength: 2 }),
  counterOff: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1) }),
});
