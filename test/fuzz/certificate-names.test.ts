import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KmsError } from '../../src/errors.ts';
import { certificateFacts, type GeneralName } from '../../src/identity/certificate-extensions.ts';
import { certificateSubject, type CertificateSubject } from '../../src/identity/certificate-subject.ts';
import { DerError } from '../../src/identity/der.ts';
import { certificateDer, der } from '../identity/der-writer.ts';
import { corpus, damaged } from './corpus.ts';

/** `accepted-…` is a certificate with a subject, `refused-…` is none. */
const certificates = corpus('certificate');

describe('certificates of the corpus', () => {
  it.each(certificates)('%s', (name, bytes) => {
    expect(subjectOf(bytes) === undefined).toBe(name.startsWith('refused-'));
  });
});

describe('any bytes', () => {
  const input = fc.oneof({ weight: 9, arbitrary: damaged(certificates) }, fc.uint8Array({ maxLength: 100 }).map(Buffer.from));

  it('are a well-formed subject, or are refused as a certificate', () => {
    fc.assert(
      fc.property(input, (bytes) => {
        const found = subjectOf(bytes);
        if (found === undefined) return;
        expect(found.subject).toMatch(/^(?:uri:spiffe:\/\/|dns:|email:)[!-~]+$/);
        expect(found.path).toMatch(/^user\/cert\/(?:[A-Za-z0-9+=,.@_-]|%[0-9A-F]{2})+$/);
        expect(found.serial).toMatch(/^(?:0|[1-9a-f][0-9a-f]*)$/);
      }),
      { numRuns: 20_000 },
    );
  });

  it('have the serial and the names that OpenSSL finds, or are refused', () => {
    let compared = 0;
    fc.assert(
      fc.property(input, (bytes) => {
        const ours = factsOf(bytes);
        const theirs = opensslOf(bytes);
        if (ours === undefined || theirs === undefined) return;
        compared += 1;
        expect(BigInt(`0x${ours.serial}`)).toBe(BigInt(`0x${theirs.serialNumber}`));
        if (ours.names.every(isPlain)) expect(theirs.subjectAltName ?? '').toBe(ours.names.map(asNodeShows).join(', '));
      }),
      { numRuns: 20_000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});

describe('any names', () => {
  it('come back as they were written', () => {
    const tags = [0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88];
    const name = fc.tuple(fc.constantFrom(...tags), fc.uint8Array({ maxLength: 60 }));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (names) => {
        const read = certificateFacts(certificateDer({ names: names.map(([tag, contents]) => der(tag, contents)) })).names;
        expect(read.map(({ bytes }) => Buffer.from(bytes))).toEqual(names.map(([, contents]) => Buffer.from(contents)));
      }),
    );
  });
});

function subjectOf(bytes: Buffer): CertificateSubject | undefined {
  try {
    return certificateSubject({ raw: Buffer.from(bytes), validToDate: new Date(0) }, []);
  } catch (error) {
    if (error instanceof KmsError && error.reason === 'UNAUTHENTICATED') return undefined;
    throw error;
  }
}

function factsOf(bytes: Buffer): ReturnType<typeof certificateFacts> | undefined {
  try {
    return certificateFacts(bytes);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function opensslOf(bytes: Buffer): X509Certificate | undefined {
  try {
    // PEM would be taken, too.
    return bytes[0] === 0x30 ? new X509Certificate(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether Node shows the name as it is, without quotes. */
function isPlain({ kind, bytes }: GeneralName): boolean {
  return kind in shownKinds && /^[A-Za-z0-9@:/._-]*$/.test(Buffer.from(bytes).toString('latin1'));
}

function asNodeShows({ kind, bytes }: GeneralName): string {
  return `${shownKinds[kind]}:${Buffer.from(bytes).toString('latin1')}`;
}

const shownKinds: Readonly<Record<string, string>> = { uri: 'URI', dns: 'DNS', email: 'email' };
