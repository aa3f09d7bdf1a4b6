import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createKey } from '../../src/control-plane/create-key.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import { importKeyMaterial } from '../../src/control-plane/import-key-material.ts';
import { lookAtKeys } from '../../src/control-plane/jobs/look-at-keys.ts';
import type { KeyEvent } from '../../src/control-plane/jobs/look-at-key.ts';
import { listAliases } from '../../src/control-plane/list-aliases.ts';
import { listKeyRotations } from '../../src/control-plane/list-key-rotations.ts';
import { listKeys } from '../../src/control-plane/list-keys.ts';
import { KmsError } from '../../src/errors.ts';
import { dayMs } from '../../src/keys/days.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import type { KeyMaterialId } from '../../src/keys/key-material-id.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';
import { type ImportPool, firstMoment, makeImportPool, wrap } from '../model/import-pool.ts';
import { plainKey } from '../fakes/plain-key.ts';
import { maySeeAll } from '../fakes/callers.ts';

/** A service over a store that can fail, with a clock that is set: one key that rotates every 90 days, one for imports. */
export interface KeyLife {
  readonly clock: ManualClock;
  readonly contents: MemoryContents;
  readonly faults: StoreFaults;
  readonly service: Service;
  readonly keyId: KeyId;
  readonly externalKeyId: KeyId;
  /** Another service over the same store, with faults of its own. The caller closes its table. */
  open(faults?: StoreFaults): Promise<Service>;
  /** Imports some bytes with a token; the same numbers: the same call. */
  importBytes(order: { bytes: number; token: number; asNew?: true; days?: number }): Promise<KeyMaterialId>;
  look(service?: Service): Promise<Looked>;
  everything(service?: Service): ReturnType<typeof everything>;
}

/** What a look did, and what it could not do. */
export interface Looked {
  readonly events: readonly KeyEvent[];
  readonly failures: readonly string[];
}

export function useKeyLife(): KeyLife {
  let folder: string;
  let pool: ImportPool;
  let current: Omit<KeyLife, 'open' | 'importBytes' | 'look' | 'everything'>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-key-life-'));
    pool = await makeImportPool(folder, { keys: 2, tokensPerKey: 4 });
  });
  afterAll(async () => rm(folder, { recursive: true }));

  const open = async (contents: MemoryContents, clock: ManualClock, faults: StoreFaults) =>
    openService({ store: openMemoryStore({ contents, faults }), secretsDirectory: pool.secretsDirectory, clock });

  beforeEach(async () => {
    const contents = pool.copyOfContents();
    const clock = new ManualClock(firstMoment);
    const faults: StoreFaults = {};
    const service = await open(contents, clock, faults);
    const ids = [...pool.keyIds];
    const plane = { ...service.controlPlane, newKeyId: () => ids.shift()! };
    const external = await createKey({ ...order, origin: 'EXTERNAL', rotationPeriodDays: undefined }, plane);
    const { key } = await createKey(order, plane);
    current = { contents, clock, faults, service, keyId: key.keyId, externalKeyId: external.key.keyId };
  });
  afterEach(() => current.service.table.close());

  return {
    get clock() {
      return current.clock;
    },
    get contents() {
      return current.contents;
    },
    get faults() {
      return current.faults;
    },
    get service() {
      return current.service;
    },
    get keyId() {
      return current.keyId;
    },
    get externalKeyId() {
      return current.externalKeyId;
    },
    open: async (faults = {}) => open(current.contents, current.clock, faults),
    importBytes: async (numbers) => importBytes(numbers, pool, current),
    look: async (service = current.service) => look(service),
    everything: async (service = current.service) => everything(service, current.contents),
  };
}

type ImportNumbers = Parameters<KeyLife['importBytes']>[0];
type Current = Pick<KeyLife, 'clock' | 'service' | 'externalKeyId'>;

async function importBytes({ bytes, token, asNew, days }: ImportNumbers, pool: ImportPool, current: Current) {
  const used = pool.tokens[0]![token]!;
  return importKeyMaterial(
    {
      keyId: current.externalKeyId,
      importToken: used.token,
      wrapped: wrap(used, Buffer.alloc(32, bytes)),
      expiresAt: days === undefined ? undefined : current.clock.now() + days * dayMs,
      importType: asNew && 'NEW_KEY_MATERIAL',
      expectedKeyMaterialId: undefined,
    },
    current.service.controlPlane,
  );
}

async function look(service: Service): Promise<Looked> {
  const events: KeyEvent[] = [];
  const failures: string[] = [];
  const failed = (_: KeyId, error: unknown) => {
    if (!(error instanceof KmsError)) throw error;
    failures.push(error.reason);
  };
  try {
    await lookAtKeys(service.controlPlane, { done: (_, event) => events.push(event), failed });
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    failures.push(error.reason);
  }
  return { events, failures };
}

/** All that a service can tell, and what the store has beside that. */
async function everything({ controlPlane }: Service, contents: MemoryContents) {
  const { items } = await listKeys({ ...firstPage, states: [], tags: [], ...maySeeAll }, controlPlane);
  const keys = items.map(async ({ keyId }) => {
    const { key } = await findKey({ kind: 'key', keyId: keyId as KeyId }, controlPlane);
    const rotations = await listKeyRotations({ ...firstPage, keyId: key.keyId, includeKeyMaterial: true }, controlPlane);
    // Uses are advisory: those that were not flushed are in one instance only.
    return { key, rotations: rotations.items.map(({ used: _, ...rotation }) => rotation) };
  });
  const aliases = await listAliases({ ...firstPage, keyId: undefined, ...maySeeAll }, controlPlane);
  const rows = [...new Set(contents.rows.values())];
  return {
    keys: await Promise.all(keys),
    aliases: aliases.items,
    importKeys: rows.flatMap((row) => (row.kind === 'import-key' ? row.id : [])),
    tombstones: rows.flatMap((row) => (row.kind === 'tombstone' ? row.keyId : [])),
    withBytes: rows.flatMap((row) => (row.kind === 'material' && row.storedKey.length > 0 ? row.keyMaterialId : [])),
  };
}

const order = { ...plainKey, rotationPeriodDays: 90 };
const firstPage = { pageSize: 1000, pageToken: '' } as const;
