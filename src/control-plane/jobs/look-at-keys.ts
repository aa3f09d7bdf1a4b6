import { setImmediate } from 'node:timers/promises';
import type { Look } from '../../keys/deletion.ts';
import type { KeyId } from '../../keys/key-id.ts';
import { parseKeyId } from '../../keys/key-id.ts';
import { RefusedRecord } from '../../keyring/refused-record.ts';
import { orUnavailable } from '../../keyring/store-outage.ts';
import type { ControlPlane } from '../control-plane.ts';
import { destroyOldImportKeys } from '../import-key.ts';
import { type KeyEvent, lookAtKey } from './look-at-key.ts';

/** Who is told of what a look did, and of a key for which it failed. */
export interface LookReport {
  readonly done: (keyId: KeyId, event: KeyEvent) => void;
  readonly failed: (keyId: KeyId, error: unknown) => void;
}

/**
 * Does what is due: rotates, destroys what has been due for the whole grace, and keeps the time. Asked once a minute, by any
 * number of instances. A key that fails does not hold up the others. What is left when it is stopped, the next look does. Throws
 * KEY_UNAVAILABLE.
 */
export async function lookAtKeys(plane: ControlPlane, report: LookReport, isStopping: () => boolean = () => false): Promise<void> {
  const { lookedAt: now, runningMs, countedUpTo } = await plane.clock.keep(plane.keyring);
  const look = { now, runningMs };
  // After the clock was set back, dates that were counted from a later time have to be found too.
  const wasSetBack = now < countedUpTo;
  let failures = 0;
  for await (const keyId of keysToLookAt(look, wasSetBack, plane)) {
    try {
      const event = await lookAtKey(keyId, look, plane);
      if (event !== undefined) report.done(keyId, event);
    } catch (error) {
      // A record that is not authentic stays so; an outage passes.
      if (!(error instanceof RefusedRecord)) failures += 1;
      report.failed(keyId, error);
    }
    // The store answers without a wait: calls get their turn between one key and the next.
    await setImmediate();
    if (isStopping()) return;
  }
  if (wasSetBack && failures === 0) await plane.clock.keep(plane.keyring, now);
  await destroyOldImportKeys(plane);
}

async function* keysToLookAt({ now }: Look, all: boolean, { store }: Pick<ControlPlane, 'store'>): AsyncGenerator<KeyId> {
  let after: string | undefined;
  do {
    const page = { after, limit: pageRows };
    const { value: rows } = await orUnavailable(all ? store.listKeys(page) : store.listKeysToLookAt(now, page));
    for (const row of rows) {
      const keyId = parseKeyId(row.keyId);
      if (keyId !== undefined) yield keyId;
    }
    after = rows.length < pageRows ? undefined : rows.at(-1)?.keyId;
  } while (after !== undefined);
}

const pageRows = 1000;
