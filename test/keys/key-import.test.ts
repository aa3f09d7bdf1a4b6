import { describe, expect, it } from 'vitest';
import {
  type Imported,
  imported,
  isPermanent,
  pendingRotation,
  requireExternal,
  requireLastingExpiry,
  summary,
  withoutBytes,
} from '../../src/keys/key-import.ts';
import { exampleKey, importedKey, importedMaterial, materialId, refusal } from './example-key.ts';

const day = 86_400_000;
const now = 1000;
const order = (digit: string, changes: Partial<Imported> = {}): Imported => ({
  keyMaterialId: materialId(digit),
  expiresAt: undefined,
  importType: undefined,
  createdAt: now,
  now,
  ...changes,
});
const rotation = { type: 'ON_DEMAND', rotatedAt: 2 } as const;
const first = importedMaterial('a', 1);
const second = importedMaterial('b', 2);
const key = importedKey({ materialCount: 1, currentKeyMaterialId: materialId('a'), imported: { missing: 0 } });

describe('an import', () => {
  it('brings the first material, with its expiry', () => {
    expect(imported(importedKey(), [], order('a', { expiresAt: 9 }))).toEqual({
      ...importedMaterial('a', 1, { imported: { present: true, expiresAt: 9 } }),
      createdAt: now,
    });
  });

  it.each([undefined, 'EXISTING_KEY_MATERIAL'] as const)(
    'of the same bytes, as %s, brings them back and takes a new expiry',
    (importType) => {
      const gone = importedMaterial('a', 1, { rotation, compromisedAt: 3, imported: { present: false } });
      expect(imported(key, [gone], order('a', { importType }))).toEqual({ ...gone, imported: { present: true } });
      const expiring = importedMaterial('a', 1, { imported: { present: true, expiresAt: 5 } });
      expect(imported(key, [expiring], order('a', { importType })).imported).toEqual({ present: true });
    },
  );

  it.each([undefined, 'EXISTING_KEY_MATERIAL'] as const)('of other bytes, as %s, is refused', (importType) => {
    expect(() => imported(key, [first], order('b', { importType }))).toThrow(refusal('INCORRECT_KEY_MATERIAL'));
  });

  it('of new material takes the next sequence, and is current only after a rotation', () => {
    const material = imported(key, [first], order('b', { importType: 'NEW_KEY_MATERIAL' }));
    expect(material).toEqual({ ...second, createdAt: now });
    expect(isPermanent(material)).toBe(false);
  });

  it('of material that the key had, as new, is refused', () => {
    const attempt = () => imported(key, [first], order('a', { importType: 'NEW_KEY_MATERIAL' }));
    expect(attempt).toThrow(refusal('INCORRECT_KEY_MATERIAL'));
  });

  it('of a second material that is pending rotation is refused; the same one is taken again', () => {
    const waiting = { ...key, materialCount: 2, imported: { missing: 0, pendingRotationId: materialId('b') } };
    const attempt = () => imported(waiting, [first, second], order('c', { importType: 'NEW_KEY_MATERIAL' }));
    expect(attempt).toThrow(refusal('INVALID_STATE'));
    const lapsed = { ...waiting, imported: { ...waiting.imported, pendingExpiresAt: now } };
    expect(imported(lapsed, [first, second], order('c', { importType: 'NEW_KEY_MATERIAL' })).sequence).toBe(3);
    expect(imported(waiting, [first, second], order('b', { expiresAt: 7 })).imported).toEqual({ present: true, expiresAt: 7 });
    expect(imported(waiting, [first, second], order('a'))).toEqual(first);
  });

  it('is for keys of origin EXTERNAL', () => {
    expect(() => requireExternal(importedKey())).not.toThrow();
    expect(() => requireExternal(exampleKey())).toThrow(refusal('UNSUPPORTED_OPERATION'));
  });

  it('that expires within 7 days is refused for a protected key', () => {
    const guarded = { ...key, deletionProtected: true };
    expect(() => requireLastingExpiry(guarded, now + 7 * day - 1, now)).toThrow(refusal('DELETION_PROTECTED'));
    expect(() => requireLastingExpiry(guarded, now + 7 * day, now)).not.toThrow();
    expect(() => requireLastingExpiry(guarded, undefined, now)).not.toThrow();
    expect(() => requireLastingExpiry(key, now + 1, now)).not.toThrow();
  });
});

describe('the summary of imported material', () => {
  const expiring = (digit: string, sequence: number, expiresAt: number, changes = {}) =>
    importedMaterial(digit, sequence, { imported: { present: true, expiresAt }, ...changes });

  it.each([
    ['nothing', [], { missing: 0 }],
    ['one that does not expire', [first], { missing: 0 }],
    [
      'the first expiry of those that were ever current',
      [expiring('a', 1, 9), expiring('b', 2, 5, { rotation })],
      { missing: 0, expiresAt: 5 },
    ],
    ['those whose bytes are gone', [withoutBytes(first), { ...withoutBytes(second), rotation }], { missing: 2 }],
    [
      'one that is gone beside one that expires',
      [withoutBytes(first), expiring('b', 2, 5, { rotation })],
      { missing: 1, expiresAt: 5 },
    ],
    ['one that is pending rotation', [first, second], { missing: 0, pendingRotationId: materialId('b') }],
    [
      'one that is pending rotation and expires first',
      [expiring('a', 1, 9), expiring('b', 2, 5)],
      { missing: 0, expiresAt: 9, pendingRotationId: materialId('b'), pendingExpiresAt: 5 },
    ],
    ['a pending one that is gone, which is not missed', [first, withoutBytes(second)], { missing: 0 }],
  ])('says %s', (_, materials, expected) => {
    expect(summary(materials, {})).toEqual(expected);
  });

  it('says what became of the current one', () => {
    const materials = [withoutBytes(first), expiring('b', 2, 5, { rotation })];
    expect(summary(materials, { currentKeyMaterialId: materialId('a') }).current).toEqual({ present: false });
    expect(summary(materials, { currentKeyMaterialId: materialId('b') }).current).toEqual({ present: true, expiresAt: 5 });
  });

  it('takes the bytes and the expiry from material whose bytes go, and nothing else', () => {
    expect(withoutBytes(expiring('a', 1, 9, { rotation }))).toEqual({ ...first, rotation, imported: { present: false } });
  });
});

describe('a rotation of an imported key', () => {
  const waiting = { ...key, imported: { missing: 0, pendingRotationId: materialId('b') } };

  it('makes the pending material the current one', () => {
    expect(pendingRotation(waiting, [first, second], now)).toBe(second);
    const expiring = importedMaterial('b', 2, { imported: { present: true, expiresAt: now + 1 } });
    expect(pendingRotation(waiting, [first, expiring], now)).toBe(expiring);
  });

  it.each([
    ['none is pending', key, [first, second]],
    ['it has expired', waiting, [first, importedMaterial('b', 2, { imported: { present: true, expiresAt: now } })]],
    ['its bytes are gone', waiting, [first, withoutBytes(second)]],
    ['it is not there', waiting, [first]],
  ])('is refused when %s', (_, of, materials) => {
    expect(() => pendingRotation(of, materials, now)).toThrow(refusal('INVALID_STATE'));
  });

  it('makes material permanent, as the first always is', () => {
    expect([isPermanent(first), isPermanent(second), isPermanent({ ...second, rotation })]).toEqual([true, false, true]);
  });
});
