import { describe, expect, it } from 'vitest';
import { importWrappingAlgorithms } from '../../src/crypto/native.ts';
import { internals } from '../native/internals.ts';
import { hex, readWycheproof } from './published.ts';

interface Group {
  readonly keySize: number;
  readonly sha: 'SHA-1' | 'SHA-256';
  readonly mgf: string;
  readonly mgfSha: string;
  readonly privateKeyPkcs8: string;
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly msg: string;
    readonly ct: string;
    readonly label: string;
    readonly result: 'valid' | 'invalid';
  }[];
}

/** The service knows no labels: what was wrapped with one, correctly or not, must not open. */
describe.each([
  { file: 'rsa_oaep_2048_sha1_mgf1sha1_test.json', count: 36, labelled: 7, opening: 10 },
  { file: 'rsa_oaep_2048_sha256_mgf1sha256_test.json', count: 37, labelled: 8, opening: 10 },
  { file: 'rsa_oaep_3072_sha256_mgf1sha256_test.json', count: 37, labelled: 8, opening: 10 },
  { file: 'rsa_oaep_4096_sha256_mgf1sha256_test.json', count: 37, labelled: 8, opening: 10 },
])('Wycheproof RSA-OAEP, $file', ({ file, count, labelled, opening }) => {
  const cases = (readWycheproof(file).testGroups as readonly Group[]).flatMap(({ tests, sha, mgf, mgfSha, privateKeyPkcs8 }) =>
    tests.map((test) => ({
      ...test,
      hash: sha,
      sameHash: mgf === 'MGF1' && mgfSha === sha,
      privateKey: hex(privateKeyPkcs8),
      opens: test.result === 'valid' && test.label === '',
    })),
  );

  it(`has ${count} cases, ${labelled} with a label`, () => {
    expect(cases).toHaveLength(count);
    expect(cases.filter(({ label }) => label !== '')).toHaveLength(labelled);
    expect(cases.filter(({ opens }) => opens)).toHaveLength(opening);
    expect(cases.every(({ sameHash }) => sameHash)).toBe(true);
  });

  it.each(cases)('case $tcId $comment: $result', ({ privateKey, hash, ct, msg, opens }) => {
    expect(internals.rsaOaepOpen(privateKey, hash, hex(ct))).toEqual(opens ? hex(msg) : null);
  });

  it('imports the one message of 32 bytes', () => {
    const imported = cases.flatMap(({ privateKey, hash, ct, tcId }) => {
      const algorithm = importWrappingAlgorithms.indexOf(hash === 'SHA-1' ? 'RSAES_OAEP_SHA_1' : 'RSAES_OAEP_SHA_256') + 1;
      const material = internals.unwrapImported(privateKey, algorithm, hex(ct));
      return material ? [{ tcId, msg: material.toString('hex') }] : [];
    });
    const expected = cases.filter(({ opens, msg }) => opens && msg.length === 64).map(({ tcId, msg }) => ({ tcId, msg }));
    expect(expected).toHaveLength(1);
    expect(imported).toEqual(expected);
  });
});
