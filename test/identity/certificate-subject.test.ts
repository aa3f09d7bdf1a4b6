import { X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { type NameRule, certificateSubject } from '../../src/identity/certificate-subject.ts';
import { KmsError } from '../../src/errors.ts';
import {
  anyPurpose,
  basicConstraints,
  certificateDer,
  type CertificateParts,
  clientAuth,
  der,
  extendedKeyUsage,
  extension,
  keyUsage,
  nameElement,
  serverAuth,
} from './der-writer.ts';
import { makeCa, removeCertificates } from '../tls/certificates.ts';

const { dns, email, ip, uri } = nameElement;

function subjectOf(parts: CertificateParts, rules: readonly NameRule[] = []) {
  return certificateSubject(new X509Certificate(certificateDer(parts)), rules);
}

function refusalOf(parts: CertificateParts): string {
  try {
    return `accepted as ${subjectOf(parts).subject}`;
  } catch (error) {
    if (!(error instanceof KmsError) || error.reason !== 'UNAUTHENTICATED') throw error;
    return error.message;
  }
}

describe('a certificate that openssl made', () => {
  const ca = makeCa('Test authority');
  afterAll(removeCertificates);

  it.each([
    ['URI:spiffe://example.org/payments', 'uri:spiffe://example.org/payments', 'spiffe%3A%2F%2Fexample.org%2Fpayments'],
    ['DNS:Payments.Example.ORG', 'dns:payments.example.org', 'payments.example.org'],
    ['email:Alice@Example.ORG', 'email:Alice@example.org', 'Alice@example.org'],
    ['DNS:worker-1,IP:192.0.2.1', 'dns:worker-1', 'worker-1'],
    ['URI:spiffe://example.org/web,DNS:web.example.org', 'uri:spiffe://example.org/web', 'spiffe%3A%2F%2Fexample.org%2Fweb'],
  ])('with %s is %s', (names, subject, name) => {
    const certificate = new X509Certificate(ca.issue({ san: [names] }).certificate);
    expect(certificateSubject(certificate, [])).toEqual({
      subject,
      path: `user/cert/${name}`,
      serial: certificate.serialNumber.toLowerCase().replace(/^0+/, ''),
      notAfter: Date.parse(certificate.validTo),
    });
  });

  it('without a name is nobody, whatever its common name', () => {
    const certificate = new X509Certificate(ca.issue({ name: 'payments.example.org' }).certificate);
    expect(() => certificateSubject(certificate, [])).toThrow('has no URI, DNS name or e-mail address');
  });

  it('for servers is nobody', () => {
    const certificate = new X509Certificate(ca.issue({ san: ['DNS:a.example.org'], usage: 'serverAuth' }).certificate);
    expect(() => certificateSubject(certificate, [])).toThrow('does not have clientAuth');
  });

  it('that is an authority is nobody', () => {
    expect(() => certificateSubject(new X509Certificate(ca.certificate), [])).toThrow('that of an authority');
  });
});

describe('a subject alternative name', () => {
  it.each([
    // CVE-2021-44532 and CVE-2021-44533: texts that were read as several names.
    ['dns', 'good.example.org, DNS:evil.example.org'],
    ['dns', 'good.example.org"'],
    ['dns', 'good.example.org\0.evil.example.org'],
    ['uri', 'spiffe://example.org/a, DNS:evil.example.org'],
    ['uri', 'spiffe://example.org/a\0b'],
    ['email', 'a@example.org, email:b@example.org'],
    ['email', '"a b"@example.org'],
    ['dns', ''],
    ['dns', '*.example.org'],
    ['dns', 'a*.example.org'],
    ['dns', 'example.org.'],
    ['dns', '.example.org'],
    ['dns', 'a..example.org'],
    ['dns', '-a.example.org'],
    ['dns', '10.0.0.1'],
    ['dns', 'bücher.example'],
    ['dns', `${'a'.repeat(64)}.example.org`],
    ['dns', `${'a.'.repeat(127)}b`],
    ['email', 'example.org'],
    ['email', '@example.org'],
    ['email', 'a@'],
    ['email', 'a@b@example.org'],
    ['email', 'a..b@example.org'],
    ['email', 'a@*.example.org'],
    ['email', `${'a'.repeat(65)}@example.org`],
    ['uri', 'https://example.org/a'],
    ['uri', 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    // SPIFFE-ID §2.1 and §2.2, X509-SVID §5.2.
    ['uri', 'spiffe://example.org'],
    ['uri', 'spiffe://example.org/'],
    ['uri', 'spiffe:///a'],
    ['uri', 'SPIFFE://example.org/a'],
    ['uri', 'spiffe://Example.org/a'],
    ['uri', 'spiffe://user@example.org/a'],
    ['uri', 'spiffe://example.org:8443/a'],
    ['uri', 'spiffe://example.org/a/'],
    ['uri', 'spiffe://example.org//a'],
    ['uri', 'spiffe://example.org/./a'],
    ['uri', 'spiffe://example.org/a/..'],
    ['uri', 'spiffe://example.org/a%2Fb'],
    ['uri', 'spiffe://example.org/a?b'],
    ['uri', 'spiffe://example.org/a#b'],
    ['uri', 'spiffe://[::1]/a'],
    ['uri', `spiffe://${'a'.repeat(256)}/a`],
    ['uri', `spiffe://example.org/${'a'.repeat(2048)}`],
  ] as const)('%s %j is refused', (kind, text) => {
    expect(refusalOf({ names: [nameElement[kind](text)] })).toContain('its subject alternative name is not');
  });

  it.each([
    ['dns', '1.example.org'],
    ['dns', '_sip.example.org'],
    ['dns', `${'a'.repeat(63)}.example.org`],
    ['email', "o'hara+kms@example.org"],
    ['uri', 'spiffe://10.0.0.1/a'],
    ['uri', 'spiffe://trust_domain/...'],
    ['uri', 'spiffe://example.org/A.b-c_d/9'],
  ] as const)('%s %j is taken', (kind, text) => {
    expect(subjectOf({ names: [nameElement[kind](text)] }).subject).toBe(`${kind}:${text}`);
  });

  it.each([
    ['two DNS names', [dns('a.example.org'), dns('b.example.org')]],
    ['the same twice', [dns('a.example.org'), dns('a.example.org')]],
    ['two URIs', [uri('spiffe://example.org/a'), uri('spiffe://example.org/b')]],
    ['a SPIFFE ID and another URI', [uri('spiffe://example.org/a'), uri('https://example.org/')]],
    ['a DNS name and an address', [dns('a.example.org'), email('a@example.org')]],
  ])('of several is refused: %s', (_, names) => {
    expect(refusalOf({ names })).toContain('it has several subject alternative names');
  });

  it.each([
    ['a URI that is no SPIFFE ID', [uri('https://example.org/'), dns('a.example.org')]],
    ['a wildcard beside an address', [dns('*.example.org')]],
  ])('that cannot be used does not make room for another: %s', (_, names) => {
    expect(refusalOf({ names })).toContain('its subject alternative name is not');
  });

  it('is missing where there are only others', () => {
    expect(refusalOf({ names: [ip(192, 0, 2, 1), der(0xa4, der(0x30)), der(0x88, Buffer.from([42]))] })).toContain('has no URI');
    expect(refusalOf({})).toContain('has no URI');
    expect(refusalOf({ names: [] })).toContain('has no URI');
  });

  it('whose name would be too long needs a rule', () => {
    const text = `spiffe://example.org/${'a'.repeat(500)}`;
    expect(refusalOf({ names: [uri(text)] })).toContain('a rule of the server can shorten it');
    const rules = [{ san: 'uri', prefix: 'spiffe://example.org/' }] as const;
    expect(subjectOf({ names: [uri(text)] }, rules)).toMatchObject({
      subject: `uri:${text}`,
      path: `user/cert/${'a'.repeat(500)}`,
    });
  });
});

describe('a rule', () => {
  const named = (text: string, ...rules: NameRule[]) => subjectOf({ names: [uri(text)] }, rules).path;
  const ofAll = { san: 'uri', prefix: 'spiffe://example.org/' } as const;
  const ofOne = { san: 'uri', equals: 'spiffe://example.org/ns/payments', name: 'payments' } as const;

  it.each([
    ['the whole name', 'spiffe://example.org/ns/payments', [ofOne], 'payments'],
    ['a beginning', 'spiffe://example.org/web', [ofAll], 'web'],
    ['a beginning, with what names do not have', 'spiffe://example.org/ns/web', [ofAll], 'ns%2Fweb'],
    ['the first that fits', 'spiffe://example.org/ns/payments', [ofOne, ofAll], 'payments'],
    ['the first that fits, the other way', 'spiffe://example.org/ns/payments', [ofAll, ofOne], 'ns%2Fpayments'],
    ['none', 'spiffe://example.net/web', [ofOne, ofAll], 'spiffe%3A%2F%2Fexample.net%2Fweb'],
    ['none of another kind', 'spiffe://example.org/web', [{ san: 'dns', prefix: 'spiffe:' }], 'spiffe%3A%2F%2Fexample.org%2Fweb'],
    [
      'nothing is left',
      'spiffe://example.org/a',
      [{ san: 'uri', prefix: 'spiffe://example.org/a' }],
      'spiffe%3A%2F%2Fexample.org%2Fa',
    ],
  ] as [string, string, NameRule[], string][])('gives a name: %s', (_, text, rules, name) => {
    expect(named(text, ...rules)).toBe(`user/cert/${name}`);
  });
});

describe('a certificate', () => {
  const names = [dns('a.example.org')];

  it.each([
    ['no purposes', [], 'accepted as dns:a.example.org'],
    ['client', [extendedKeyUsage(clientAuth)], 'accepted as dns:a.example.org'],
    ['server and client', [extendedKeyUsage(serverAuth, clientAuth)], 'accepted as dns:a.example.org'],
    ['server', [extendedKeyUsage(serverAuth)], 'does not have clientAuth'],
    ['any', [extendedKeyUsage(anyPurpose)], 'does not have clientAuth'],
    ['none of several', [extendedKeyUsage()], 'does not have clientAuth'],
    ['no authority', [basicConstraints(false)], 'accepted as dns:a.example.org'],
    ['an authority', [basicConstraints(true)], 'that of an authority'],
    ['signing and agreeing keys', [keyUsage('10001')], 'accepted as dns:a.example.org'],
    ['signing certificates', [keyUsage('000001')], 'that of an authority'],
    ['signing revocation lists', [keyUsage('1000001')], 'that of an authority'],
    ['no usage at all', [extension('551d0f', der(0x03, Buffer.from([0])))], 'accepted as dns:a.example.org'],
    ['an explicit false', [extension('551d13', der(0x30, der(0x01, Buffer.from([0]))))], 'accepted as dns:a.example.org'],
    ['critical ones', [extension('551d13', der(0x30), [der(0x01, Buffer.from([0xff]))])], 'accepted as dns:a.example.org'],
    ['names twice', [extension('551d11', der(0x30, dns('b.example.org')))], 'an extension is there twice'],
    ['another twice', [extension('2a03', Buffer.alloc(1)), extension('2a03', Buffer.alloc(1))], 'an extension is there twice'],
  ])('with extensions: %s', (_, extensions, outcome) => {
    expect(refusalOf({ names, extensions })).toContain(outcome);
  });

  it.each([
    ['01', '1'],
    ['0a', 'a'],
    ['00ff', 'ff'],
    ['00', '0'],
    ['0123456789abcdef', '123456789abcdef'],
  ])('with the serial %s has %s', (bytes, serial) => {
    expect(subjectOf({ names, serial: Buffer.from(bytes, 'hex') }).serial).toBe(serial);
  });

  it('with a negative serial is refused', () => {
    expect(refusalOf({ names, serial: Buffer.from('ff', 'hex') })).toContain('the serial is empty or negative');
  });
});
