import { describe, expect, it } from 'vitest';
import { internals } from '../native/internals.ts';
import { hex, readWycheproof } from './published.ts';

interface Group {
  readonly keySize: number;
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly key: string;
    readonly msg: string;
    readonly ct: string;
    readonly result: 'valid' | 'invalid';
  }[];
}

describe('Wycheproof AES-KWP, 256-bit key', () => {
  const cases = (readWycheproof('aes_kwp_test.json').testGroups as readonly Group[])
    .filter(({ keySize }) => keySize === 256)
    .flatMap(({ tests }) => tests);

  it('has 94 cases, 69 of them invalid', () => {
    expect(cases).toHaveLength(94);
    expect(cases.filter(({ result }) => result === 'invalid')).toHaveLength(69);
  });

  it.each(cases)('case $tcId $comment: $result', ({ key, msg, ct, result }) => {
    expect(internals.kwpUnwrap(hex(key), hex(ct))).toEqual(result === 'valid' ? hex(msg) : null);
  });
});
