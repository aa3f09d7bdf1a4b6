import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateKeyOrder, createKey } from '../../src/control-plane/create-key.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import type { KeyEvent } from '../../src/control-plane/jobs/look-at-key.ts';
import { lookAtKeys } from '../../src/control-plane/jobs/look-at-keys.ts';
import { KmsError } from '../../src/errors.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import type { Key } from '../../src/keys/key.ts';
import { openSqliteStore } from '../../src/storage/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type Service, openService } from './in-process-service.ts';
import { plainKey } from '../fakes/plain-key.ts';

/** A service in this process, over a real database, whose clock the test sets. */
export interface ServiceUnderClock {
  readonly service: Service;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly dataDirectory: string;
  newKey(order?: Partial<CreateKeyOrder>): Promise<KeyId>;
  key(keyId: KeyId): Promise<Key>;
  /** What the service does once a minute; answers what it did. */
  look(): Promise<readonly KeyEvent[]>;
  /** Ends the service and starts another over the same store: nothing is left in memory. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openServiceUnderClock(): Promise<ServiceUnderClock> {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-clock-'));
  const dataDirectory = join(home, 'data');
  const clock = new ManualClock(Date.UTC(2030, 0, 1));
  const store = await openSqliteStore({ dataDirectory });
  const open = () => openService({ store, secretsDirectory: join(home, 'secrets'), clock });
  let service = await open();
  return {
    get service() {
      return service;
    },
    store,
    clock,
    dataDirectory,
    newKey: async (order = {}) => (await createKey({ ...plainKey, ...order }, service.controlPlane)).key.keyId,
    key: async (keyId) => (await findKey({ kind: 'key', keyId }, service.controlPlane)).key,
    look: async () => {
      const events: KeyEvent[] = [];
      const failed = (_: KeyId, error: unknown) => {
        throw error;
      };
      await lookAtKeys(service.controlPlane, { done: (_, event) => events.push(event), failed });
      return events;
    },
    restart: async () => {
      service.table.close();
      service = await open();
    },
    close: async () => {
      service.table.close();
      await store.close();
      await rm(home, { recursive: true });
    },
  };
}

/** What a call of the control or data plane was refused with. Throws when it succeeds. */
export async function kmsError(call: Promise<unknown>): Promise<KmsError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KmsError) return error;
    throw error;
  }
  throw new Error('The call was expected to be refused and succeeded.');
}
