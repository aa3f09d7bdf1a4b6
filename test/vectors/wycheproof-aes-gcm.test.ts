import { describe, expect, it } from 'vitest';
import { internals } from '../native/internals.ts';
import { hex, readWycheproof } from './published.ts';

interface Group {
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly key: string;
    readonly iv: string;
    readonly aad: string;
    readonly msg: string;
    readonly ct: string;
    readonly tag: string;
    readonly result: 'valid' | 'invalid';
  }[];
}

describe('Wycheproof AES-GCM, 256-bit key and 96-bit nonce', () => {
  const cases = (readWycheproof('aes_gcm_test.json').testGroups as readonly Group[])
    .filter(({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128)
    .flatMap(({ tests }) => tests);

  it('has 66 cases', () => {
    expect(cases).toHaveLength(66);
    expect(cases.filter(({ result }) => result === 'valid').length).toBeGreaterThan(30);
    expect(cases.filter(({ result }) => result === 'invalid').length).toBeGreaterThan(10);
  });

  it.each(cases)('case $tcId $comment: $result', ({ key, iv, aad, msg, ct, tag, result }) => {
    const opened = internals.gcmOpen(hex(key), hex(iv), hex(aad), hex(ct + tag));
    const sealed = internals.gcmSeal(hex(key), hex(iv), hex(aad), hex(msg)).toString('hex');
    if (result === 'valid') {
      expect(opened).toEqual(hex(msg));
      expect(sealed).toBe(ct + tag);
    } else {
      expect(opened).toBeNull();
      expect(sealed).not.toBe(ct + tag);
    }
  });
});
