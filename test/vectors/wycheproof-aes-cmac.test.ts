import { describe, expect, it } from 'vitest';
import { internals } from '../native/internals.ts';
import { hex, readWycheproof } from './published.ts';

interface Group {
  readonly keySize: number;
  readonly tagSize: number;
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly key: string;
    readonly msg: string;
    readonly tag: string;
    readonly result: 'valid' | 'invalid';
  }[];
}

/** The service computes CMAC of one whole block only (SP 800-108r1 in XAES-256-GCM), so those cases are the ones it can run. */
describe('Wycheproof AES-CMAC, 256-bit key and messages of one block', () => {
  const cases = (readWycheproof('aes_cmac_test.json').testGroups as readonly Group[])
    .filter(({ keySize, tagSize }) => keySize === 256 && tagSize === 128)
    .flatMap(({ tests }) => tests)
    .filter(({ msg }) => msg.length === 32);

  it('has 28 cases, 27 of them invalid', () => {
    expect(cases).toHaveLength(28);
    expect(cases.filter(({ result }) => result === 'invalid')).toHaveLength(27);
  });

  it.each(cases)('case $tcId $comment: $result', ({ key, msg, tag, result }) => {
    const computed = internals.cmacOfBlock(hex(key), hex(msg)).toString('hex');
    if (result === 'valid') expect(computed).toBe(tag);
    else expect(computed).not.toBe(tag);
  });
});
