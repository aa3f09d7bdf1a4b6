import { createSecretKey } from 'node:crypto';
import { exportJWK, exportSPKI } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { KmsError } from '../../src/errors.ts';
import { type OidcIdentity, type OidcIssuer, verifyJwt } from '../../src/identity/oidc-issuer.ts';
import { unauthenticated } from '../../src/identity/unauthenticated.ts';
import { fixedKeys, forged, goodClaims, hmac, issuerWith, type IssuerKey, newKey, second, signed } from './jwt-issuer.ts';

let key: IssuerKey;
let stranger: IssuerKey;
let issuer: OidcIssuer;
beforeAll(async () => {
  key = await newKey('k1');
  stranger = await newKey('k1');
  issuer = issuerWith(fixedKeys(key.jwk));
});

async function outcomeOf(token: string, verifier: OidcIssuer = issuer, at = second): Promise<OidcIdentity | KmsError> {
  return verifyJwt(token, verifier, at * 1000).then(
    ({ identity }) => identity,
    (error: unknown) => {
      if (error instanceof KmsError) return error;
      throw error;
    },
  );
}

const refused = { reason: 'UNAUTHENTICATED', message: unauthenticated().message };
const accepted = {
  subject: 'oidc:corp alice@example.org',
  path: 'user/oidc/corp/alice@example.org',
  expiresAt: (second + 360) * 1000,
};

describe('a token', () => {
  it('is whose subject it names', async () => {
    expect(await outcomeOf(signed(key))).toEqual(accepted);
  });

  it.each([
    ['one audience of several', { aud: ['other', 'latchkey'] }, {}],
    ['no iat', { iat: undefined }, {}],
    ['a type', {}, { typ: 'JWT' }],
    ['the type of access tokens', {}, { typ: 'application/at+jwt' }],
    ['no key id, and one key', {}, { kid: undefined }],
    ['an nbf now', { nbf: second + 60 }, {}],
    ['an iat now', { iat: second + 60 }, {}],
    // Nobody looks where a token says that its keys are (RFC 8725 §3.10).
    ['a jku', {}, { jku: 'http://127.0.0.1:1/jwks.json' }],
    ['a jwk', {}, { jwk: { kty: 'oct', k: 'AAAA' } }],
  ])('is taken with %s', async (_, claims, header) => {
    expect(await outcomeOf(signed(key, claims, header))).toMatchObject({ path: accepted.path });
  });

  it.each([
    ['no audience', { aud: undefined }, {}],
    ['another audience', { aud: 'other' }, {}],
    ['an audience that only begins like it', { aud: 'latchkey2' }, {}],
    ['an empty audience', { aud: [] }, {}],
    ['another issuer', { iss: 'https://issuer.example.net' }, {}],
    ['an issuer with a slash more', { iss: 'https://issuer.example.org/' }, {}],
    ['no issuer', { iss: undefined }, {}],
    ['no end', { exp: undefined }, {}],
    ['an end that is a text', { exp: String(second + 300) }, {}],
    ['an end that has passed', { exp: second - 60 }, {}],
    ['a beginning that has not come', { nbf: second + 61 }, {}],
    ['a beginning that is a text', { nbf: 'now' }, {}],
    ['a date of the future', { iat: second + 61 }, {}],
    ['no subject', { sub: undefined }, {}],
    ['an empty subject', { sub: '' }, {}],
    ['a subject that is a number', { sub: 7 }, {}],
    ['a subject that is a list', { sub: ['alice'] }, {}],
    ['a subject that is too long', { sub: 'a'.repeat(256) }, {}],
    ['a subject whose name is too long', { sub: '/'.repeat(255) }, {}],
    ['a key that its bearer has to prove', { cnf: { jkt: 'x' } }, {}],
    ['the type of logout tokens', {}, { typ: 'logout+jwt' }],
    ['what logout tokens of no type have', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, {}],
    ['the type of security events', {}, { typ: 'application/secevent+jwt' }],
    ['an extension that has to be understood', {}, { crit: ['x'], x: 1 }],
    ['a list of extensions that is empty', {}, { crit: [] }],
    ['a payload that is not encoded', {}, { crit: ['b64'], b64: false }],
    ['another key id', {}, { kid: 'k2' }],
    ['a key id that is a path', {}, { kid: '../../../../dev/null' }],
    ['a key id that is a query', {}, { kid: "k1' OR '1'='1" }],
    ['a key id that is a property', {}, { kid: '__proto__' }],
  ])('is refused with %s', async (_, claims, header) => {
    expect(await outcomeOf(signed(key, claims, header))).toMatchObject(refused);
  });

  it.each([
    ['as demanded', { repository_owner: 'example', ref: 'refs/heads/main', trusted: true }, true],
    ['and begin as demanded, no more', { repository_owner: 'example', ref: 'refs/heads/', trusted: 'true' }, true],
    ['but one is missing', { ref: 'refs/heads/main', trusted: true }, false],
    ['but one is another', { repository_owner: 'example2', ref: 'refs/heads/main', trusted: true }, false],
    ['but one is written in another case', { repository_owner: 'Example', ref: 'refs/heads/main', trusted: true }, false],
    ['but one begins otherwise', { repository_owner: 'example', ref: 'x/refs/heads/main', trusted: true }, false],
    ['but one is a list', { repository_owner: ['example'], ref: 'refs/heads/main', trusted: true }, false],
    ['but one is false', { repository_owner: 'example', ref: 'refs/heads/main', trusted: false }, false],
  ])('has claims %s', async (_, claims, isTaken) => {
    const demanding = issuerWith(fixedKeys(key.jwk), {
      claims: [
        { claim: 'repository_owner', equals: 'example' },
        { claim: 'ref', prefix: 'refs/heads/' },
        { claim: 'trusted', equals: 'true' },
      ],
    });
    expect(await outcomeOf(signed(key, claims), demanding)).toMatchObject(isTaken ? { path: accepted.path } : refused);
  });

  it('is refused from the end that it names, and the skew', async () => {
    const token = signed(key);
    expect(await outcomeOf(token, issuer, second + 359)).toEqual(accepted);
    expect(await outcomeOf(token, issuer, second + 360)).toMatchObject(refused);
    expect(await outcomeOf(token, issuer, second - 71)).toMatchObject(refused);
  });

  it('of another key is refused, also under the same id', async () => {
    expect(await outcomeOf(signed(stranger))).toMatchObject(refused);
    expect(await outcomeOf(signed(stranger, {}, { jwk: stranger.jwk, kid: undefined }))).toMatchObject(refused);
  });

  it.each(['header', 'claims', 'signature'])('with another %s is refused', async (part) => {
    const parts = signed(key).split('.');
    const other = signed(key, { sub: 'mallory@example.org' }, { typ: 'JWT' }).split('.');
    const index = ['header', 'claims', 'signature'].indexOf(part);
    expect(await outcomeOf(parts.with(index, other[index]!).join('.'))).toMatchObject(refused);
  });

  it.each(['', 'x', 'a.b.c', '..', 'e30.e30.', `${'a'.repeat(100)}.e30.e30`])('that is none is refused: %j', async (token) => {
    expect(await outcomeOf(token)).toMatchObject(refused);
  });
});

describe('an attacker', () => {
  const header = { alg: 'HS256', kid: 'k1' };

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('gets nowhere without a signature: alg %j', async (alg) => {
    expect(await outcomeOf(forged({ alg, kid: 'k1' }, goodClaims, () => Buffer.alloc(0)))).toMatchObject(refused);
  });

  it('gets nowhere with the public key as a shared secret', async () => {
    const pem = await exportSPKI(key.publicKey);
    const secrets = [pem, pem.trim(), JSON.stringify(key.jwk), key.publicKey.export({ type: 'spki', format: 'der' })];
    for (const secret of secrets) {
      expect(await outcomeOf(forged(header, goodClaims, hmac(secret)))).toMatchObject(refused);
    }
  });

  it('gets nowhere with a secret that the issuer publishes', async () => {
    const secret = Buffer.alloc(32, 7);
    const published = { ...(await exportJWK(createSecretKey(secret))), kid: 'k1', alg: 'HS256' };
    const careless = issuerWith(fixedKeys(published, key.jwk));
    expect(await outcomeOf(forged(header, goodClaims, hmac(secret)), careless)).toMatchObject(refused);
    expect(await outcomeOf(signed(key), careless)).toEqual(accepted);
  });

  it('gets nowhere with an algorithm that is not pinned', async () => {
    const pinned = issuerWith(fixedKeys({ ...key.jwk, alg: undefined } as never), { algorithms: ['RS256', 'EdDSA'] });
    expect(await outcomeOf(signed(key), pinned)).toMatchObject(refused);
  });

  it('gets nowhere with a signature of zeros (CVE-2022-21449)', async () => {
    const zeros = forged({ alg: 'ES256', kid: 'k1' }, goodClaims, () => Buffer.alloc(64));
    expect(await outcomeOf(zeros)).toMatchObject(refused);
  });

  it('cannot choose among several keys by naming none', async () => {
    const other = await newKey('k2');
    const both = issuerWith(fixedKeys(key.jwk, other.jwk));
    expect(await outcomeOf(signed(key, {}, { kid: undefined }), both)).toMatchObject(refused);
    expect(await outcomeOf(signed(other), both)).toEqual(accepted);
  });

  it('cannot make two subjects one', async () => {
    const pathOf = async (sub: string) => {
      const outcome = await outcomeOf(signed(key, { sub }));
      return outcome instanceof KmsError ? undefined : outcome.path;
    };
    const subjects = ['a/b', 'a%2Fb', 'a%2fb', 'A/b', 'a b', 'system:serviceaccount:payments:worker', 'ä', 'a\u0308', 'a\n'];
    const paths = await Promise.all(subjects.map(pathOf));
    expect(new Set(paths).size).toBe(subjects.length);
    expect(paths[5]).toBe('user/oidc/corp/system%3Aserviceaccount%3Apayments%3Aworker');
    expect(await pathOf('a\ud800')).toBeUndefined();
  });
});
