import { describe, expect, it } from 'vitest';
import {
  type KeyOperation,
  allowed,
  keyState,
  pendingImportAt,
  requireState,
  stateDated,
  stateSince,
} from '../../src/keys/key-state.ts';
import type { Key } from '../../src/keys/key.ts';
import { exampleKey, importedKey, materialId, refusal } from './example-key.ts';

const now = 1000;
const deletion = { requestedAt: 1, date: 5000 };
const expiring = (expiresAt: number, changes: Partial<Key> = {}) => exampleKey({ imported: { missing: 0, expiresAt }, ...changes });

describe('the state of a key', () => {
  it.each([
    ['ENABLED', exampleKey()],
    ['DISABLED', exampleKey({ disabled: true })],
    ['PENDING_DELETION', exampleKey({ deletion })],
    ['PENDING_DELETION', exampleKey({ deletion: { requestedAt: 1, date: now - 1 }, disabled: true })],
    ['PENDING_DELETION', importedKey({ deletion })],
    ['PENDING_IMPORT', importedKey()],
    ['PENDING_IMPORT', importedKey({ disabled: true })],
    ['PENDING_IMPORT', exampleKey({ imported: { missing: 1 } })],
    ['PENDING_IMPORT', exampleKey({ imported: { missing: 1, expiresAt: now + 1 } })],
    ['ENABLED', exampleKey({ imported: { missing: 0 } })],
    ['ENABLED', exampleKey({ imported: { missing: 0, pendingRotationId: materialId('b'), pendingExpiresAt: now } })],
    ['ENABLED', expiring(now + 1)],
    ['DISABLED', expiring(now + 1, { disabled: true })],
    ['PENDING_IMPORT', expiring(now)],
    ['PENDING_IMPORT', expiring(now - 1, { disabled: true })],
    ['PENDING_DELETION', expiring(now - 1, { deletion })],
  ])('is %s when it should be (%#)', (state, key) => {
    expect(keyState(key, now)).toBe(state);
  });

  it('waits for an import from the time that its grounds say', () => {
    expect(pendingImportAt(exampleKey())).toBeUndefined();
    expect(pendingImportAt(importedKey())).toBe(0);
    expect(pendingImportAt(exampleKey({ imported: { missing: 2, expiresAt: 7 } }))).toBe(0);
    expect(pendingImportAt(exampleKey({ imported: { missing: 0, expiresAt: 7, pendingExpiresAt: 3 } }))).toBe(7);
    expect(pendingImportAt(exampleKey({ imported: { missing: 0, pendingExpiresAt: 3 } }))).toBeUndefined();
  });

  it('has lasted since the call that changed it, or since the expiry that did', () => {
    expect(stateSince(exampleKey(), now)).toBeUndefined();
    expect(stateSince(exampleKey({ stateChangedAt: 5 }), now)).toBe(5);
    expect(stateSince(expiring(now, { stateChangedAt: 5 }), now)).toBe(now);
    expect(stateSince(expiring(now + 1, { stateChangedAt: 5 }), now)).toBe(5);
    expect(stateSince(importedKey({ stateChangedAt: 5 }), now)).toBe(5);
    expect(stateSince(expiring(now, { stateChangedAt: 5, deletion }), now)).toBe(5);
  });

  it('is dated when a change changes it, and only then', () => {
    const before = exampleKey({ stateChangedAt: 5 });
    expect(stateDated(before, { ...before, disabled: true }, now).stateChangedAt).toBe(now);
    expect(stateDated(before, { ...before, description: 'new' }, now).stateChangedAt).toBe(5);
    expect(stateDated({ ...before, deletion }, { ...before, disabled: true, deletion }, now).stateChangedAt).toBe(5);
  });
});

describe('the table of states', () => {
  it('allows and refuses as AWS KMS documents, in the order Enabled, Disabled, PendingDeletion, PendingImport', () => {
    const columns = ['ENABLED', 'DISABLED', 'PENDING_DELETION', 'PENDING_IMPORT'] as const;
    const short = {
      allowed: 'Y',
      KEY_DISABLED: 'D',
      KEY_PENDING_DELETION: 'P',
      KEY_PENDING_IMPORT: 'I',
      INVALID_STATE: 'X',
    } as const;
    const rows = Object.entries(allowed).map(([operation, row]) => [
      operation,
      columns.map((state) => short[row[state]]).join(' '),
    ]);
    expect(Object.fromEntries(rows)).toEqual({
      use: 'Y D P I',
      read: 'Y Y Y Y',
      'create-alias': 'Y Y P Y',
      'update-alias': 'Y Y P Y',
      'delete-alias': 'Y Y Y Y',
      enable: 'Y Y P I',
      disable: 'Y Y P I',
      rotate: 'Y D P I',
      import: 'Y Y P Y',
      'delete-material': 'Y Y Y Y',
      'schedule-deletion': 'Y Y P Y',
      'cancel-deletion': 'X X Y X',
      annotate: 'Y Y P Y',
      'put-policy': 'Y Y Y Y',
      'create-grant': 'Y D P I',
      'end-grant': 'Y Y Y Y',
    });
  });

  it.each(Object.entries(allowed))('decides about %s', (operation, row) => {
    const keys = [exampleKey(), exampleKey({ disabled: true }), exampleKey({ deletion }), importedKey(), expiring(now)];
    for (const key of keys) {
      const answer = row[keyState(key, now)];
      const attempt = () => requireState(key, operation as KeyOperation, now);
      if (answer === 'allowed') expect(attempt).not.toThrow();
      else expect(attempt).toThrow(refusal(answer));
    }
  });

  it.each([
    [exampleKey({ disabled: true }), 'use', /EnableKey/],
    [exampleKey({ deletion }), 'use', /CancelKeyDeletion/],
    [importedKey(), 'use', /ImportKeyMaterial/],
    [exampleKey(), 'cancel-deletion', /nothing to cancel/],
  ] as const)('tells what to do about a refusal (%#)', (key, operation, cure) => {
    expect(() => requireState(key, operation, now)).toThrow(cure);
  });
});
