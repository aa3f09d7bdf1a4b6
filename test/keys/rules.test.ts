import { describe, expect, it } from 'vitest';
import { isReserved, newAlias, parseAliasName, repointed } from '../../src/keys/alias.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { parseKeyMaterialId } from '../../src/keys/key-material-id.ts';
import { allowed, keyState, requireState } from '../../src/keys/key-state.ts';
import { requireCurrentMaterial, rotated } from '../../src/keys/rotation.ts';
import { exampleKey } from './example-key.ts';

const newest = parseKeyMaterialId('b'.repeat(64))!;
const aliasName = parseAliasName('alias/orders')!;

describe('key states', () => {
  it('follow from the flag', () => {
    expect(keyState(exampleKey())).toBe('ENABLED');
    expect(keyState(exampleKey({ disabled: true }))).toBe('DISABLED');
  });

  it('allow and refuse as AWS KMS documents, in the order Enabled, Disabled, PendingDeletion, PendingImport', () => {
    const columns = ['ENABLED', 'DISABLED', 'PENDING_DELETION', 'PENDING_IMPORT'] as const;
    const short = { allowed: 'Y', KEY_DISABLED: 'D', KEY_PENDING_DELETION: 'P', KEY_PENDING_IMPORT: 'I' } as const;
    const rows = Object.entries(allowed).map(([operation, row]) => [
      operation,
      columns.map((state) => short[row[state]]).join(' '),
    ]);
    expect(Object.fromEntries(rows)).toEqual({
      use: 'Y D P I',
      describe: 'Y Y Y Y',
      'create-alias': 'Y Y P Y',
      'update-alias': 'Y Y P Y',
      'delete-alias': 'Y Y Y Y',
      enable: 'Y Y P I',
      disable: 'Y Y P I',
      'rotate-on-demand': 'Y D P I',
      'update-description': 'Y Y P Y',
    });
  });

  it.each(Object.entries(allowed))('%s is allowed or refused as the table says', (operation, row) => {
    for (const disabled of [false, true]) {
      const answer = row[keyState(exampleKey({ disabled }))];
      const attempt = () => requireState(exampleKey({ disabled }), operation as keyof typeof allowed);
      if (answer === 'allowed') expect(attempt).not.toThrow();
      else expect(attempt).toThrow(expect.objectContaining({ reason: answer }));
    }
  });

  it('stops every use of a disabled key and tells how to undo it', () => {
    expect(() => requireState(exampleKey({ disabled: true }), 'use')).toThrow(/EnableKey/);
  });
});

describe('rotation', () => {
  it('makes the new backing key the current one and counts on', () => {
    const { key, material } = rotated(exampleKey({ materialCount: 7 }), newest, 'ON_DEMAND', 5);
    expect(key).toEqual(exampleKey({ materialCount: 8, currentKeyMaterialId: newest, lastRotatedAt: 5 }));
    expect(material).toEqual({
      keyMaterialId: newest,
      keyId: key.keyId,
      keySpec: 'SYMMETRIC_DEFAULT',
      sequence: 8,
      createdAt: 5,
      rotation: { type: 'ON_DEMAND', rotatedAt: 5 },
    });
  });

  it('is refused when the caller expected another backing key', () => {
    const key = exampleKey();
    expect(() => requireCurrentMaterial(key, undefined)).not.toThrow();
    expect(() => requireCurrentMaterial(key, key.currentKeyMaterialId)).not.toThrow();
    expect(() => requireCurrentMaterial(key, newest)).toThrow(expect.objectContaining({ reason: 'CONFLICT' }));
  });
});

describe('aliases', () => {
  it.each([
    ['alias/aws/s3', true],
    ['alias/latchkey/console', true],
    ['alias/aws', false],
    ['alias/AWS/s3', false],
    ['alias/latchkeys', false],
  ])('%s is reserved: %s', (name, reserved) => {
    expect(isReserved(parseAliasName(name)!)).toBe(reserved);
  });

  it('are 50 per key at most', () => {
    const key = exampleKey();
    expect(newAlias(aliasName, key, 49, 3)).toEqual({ aliasName, keyId: key.keyId, createdAt: 3, updatedAt: 3 });
    expect(() => newAlias(aliasName, key, 50, 3)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }));
  });

  it('move to another key, if it has room', () => {
    const from = exampleKey();
    const to = exampleKey({ keyId: parseKeyId('ffffffff-4455-6677-8899-aabbccddeeff')! });
    const alias = newAlias(aliasName, from, 0, 3);
    expect(repointed(alias, to, 49, 9)).toEqual({ ...alias, keyId: to.keyId, updatedAt: 9 });
    expect(() => repointed(alias, to, 50, 9)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }));
    expect(repointed(alias, from, 50, 9).keyId).toBe(from.keyId);
  });
});
