import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePrincipalId, principalArn } from '../../src/access/principal.ts';
import { KmsError } from '../../src/errors.ts';
import { builtInPrincipals } from '../../src/identity/built-in.ts';
import type { Connection } from '../../src/identity/credentials.ts';
import type { DenyList } from '../../src/identity/deny-list.ts';
import { FailureLimit } from '../../src/identity/failure-limit.ts';
import { type Newcomer, identifier } from '../../src/identity/identify.ts';
import { newAccessToken } from '../../src/identity/new-access-token.ts';
import { OidcIssuers } from '../../src/identity/oidc-issuers.ts';
import { unauthenticated } from '../../src/identity/unauthenticated.ts';
import type { PrincipalSnapshot } from '../../src/keyring/directory.ts';
import { Missing, untilLoaded } from '../../src/keyring/missing.ts';
import { testScope } from '../fakes/callers.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { makeCa, removeCertificates } from '../tls/certificates.ts';

const socket: Connection = { listener: 'unix:/run/a', remoteAddress: undefined, isEncrypted: false, certificate: undefined };
const plain: Connection = { listener: '127.0.0.1:1', remoteAddress: '127.0.0.1', isEncrypted: false, certificate: undefined };
const builtIn = builtInPrincipals(testScope);
const mine = newAccessToken();
const bearer = [`Bearer ${mine.text}`];
const web = 'spiffe://example.org/web';
const hourMs = 3_600_000;

let notAfter: number;
let certified: Connection;
let clock: ManualClock;
let denied: DenyList;
/** Of the store. */
let counter: number;
/** How often a token was looked up. */
let lookUps: number;
let alice: PrincipalSnapshot;
let bySubject: Map<string, PrincipalSnapshot>;
let registered: Newcomer[];
/** What registering fails with. */
let clash: KmsError | undefined;
let identify: ReturnType<typeof identifier>;

beforeAll(() => {
  const { certificate } = makeCa('authority').issue({ san: [`URI:${web}`] });
  const parsed = new X509Certificate(certificate);
  notAfter = parsed.validToDate.getTime();
  certified = { listener: '127.0.0.1:2', remoteAddress: '192.0.2.1', isEncrypted: true, certificate: parsed };
});
afterAll(removeCertificates);
beforeEach(() => {
  clock = new ManualClock(notAfter - hourMs);
  denied = denying({});
  counter = 1;
  lookUps = 0;
  alice = snapshot('user/token/alice');
  bySubject = new Map();
  registered = [];
  clash = undefined;
  identify = newIdentifier();
});

describe('a caller', () => {
  it('is whose token it is, until the token expires', async () => {
    const { who, sourceIp, secureTransport } = await identified(bearer, plain);
    expect([who, sourceIp, secureTransport]).toEqual([alice, '127.0.0.1', false]);
    clock.advance(hourMs - 1);
    expect((await identified(bearer, plain)).who).toBe(alice);
    clock.advance(1);
    expect(await reasonOf(bearer, plain)).toBe('UNAUTHENTICATED');
  });

  it('is the owner of the socket, where there is one', async () => {
    expect(await identified([], socket)).toEqual({ who: builtIn.administrator, sourceIp: undefined, secureTransport: true });
    expect((await identified([], { ...socket, listener: 'unix:/run/b' })).who).toBe(builtIn.root);
    expect(await reasonOf([], { ...socket, listener: 'unix:/run/c' })).toBe('UNAUTHENTICATED');
    expect(await reasonOf([], plain)).toBe('UNAUTHENTICATED');
  });

  it('is whose certificate it is, registered with the first call, until the certificate expires', async () => {
    const { who, secureTransport } = await identified([], certified);
    expect([who.principal.path, secureTransport]).toEqual(['user/cert/web', true]);
    await identified([], certified);
    expect(registered).toEqual([{ subject: `uri:${web}`, path: 'user/cert/web' }]);
    clock.advance(hourMs);
    expect(await reasonOf([], certified)).toBe('UNAUTHENTICATED');
  });

  it('does not take a name that a rule keeps for another, but comes under one that an administrator gave', async () => {
    const { certificate } = makeCa('authority').issue({ san: ['DNS:web'] });
    const namesake = { ...certified, certificate: new X509Certificate(certificate) };
    expect(await reasonOf([], namesake)).toBe('UNAUTHENTICATED');
    expect(registered).toEqual([]);
    expect((await identified([], certified)).who.principal.path).toBe('user/cert/web');

    bySubject.set('dns:web', snapshot('user/cert/other'));
    expect((await identified([], namesake)).who.principal.path).toBe('user/cert/other');
  });

  it('is who the authorization says, also where that is nobody', async () => {
    for (const connection of [socket, certified]) {
      expect((await identified(bearer, connection)).who).toBe(alice);
      for (const wrong of ['', 'Bearer', 'Bearer x', `Bearer ${newAccessToken().text}`, 'Bearer a.b.c'])
        expect(await reasonOf([wrong], connection), wrong).toBe('UNAUTHENTICATED');
    }
    expect(registered).toEqual([]);
  });

  it.each<[string, Partial<PrincipalSnapshot['principal']>]>([
    ['disabled', { disabled: true }],
    ['deleted', { deletedAt: 1 }],
  ])('is nobody when %s', async (_, changed) => {
    expect((await identified(bearer, plain)).who).toBe(alice);
    alice = { ...alice, principal: { ...alice.principal, ...changed } };
    counter += 1;
    expect(await reasonOf(bearer, plain)).toBe('UNAUTHENTICATED');
  });

  it('is refused in the same words for every cause, which the log is told', async () => {
    const { who } = await identified([], certified);
    const serial = (certified.certificate?.serialNumber ?? '').toLowerCase().replace(/^0+/, '');
    const causes = [];
    alice = { ...alice, principal: { ...alice.principal, disabled: true } };
    causes.push(await refusal(bearer, plain));
    bySubject.set(`uri:${web}`, { ...who, principal: { ...who.principal, deletedAt: 1 } });
    counter += 1;
    causes.push(await refusal([], certified));
    denied = denying({ serials: [serial] });
    causes.push(await refusal([], certified));
    bySubject.set(`uri:${web}`, who);
    denied = denying({ principals: ['user/cert/web'] });
    causes.push(await refusal([], certified));
    clock.advance(hourMs);
    causes.push(await refusal([], certified), await refusal(bearer, plain));
    causes.push(await refusal([], plain));
    expect(causes.map(({ cause }) => (cause as Error).message)).toEqual([
      'user/token/alice is disabled.',
      'user/cert/web is deleted.',
      'user/cert/web, or its certificate, is on the deny-list.',
      'user/cert/web, or its certificate, is on the deny-list.',
      'The certificate of user/cert/web has expired.',
      `The access token ${mine.tokenId} has expired or is revoked.`,
      'The call presents nothing, or its principal is gone.',
    ]);
    expect(new Set(causes.map(({ message }) => message)).size).toBe(1);
  });

  it('is nobody when denied, by principal or by number of the certificate', async () => {
    await identified([], certified);
    denied = denying({ principals: ['user/token/alice'] });
    expect(await reasonOf(bearer, plain)).toBe('UNAUTHENTICATED');
    denied = denying({ serials: [(certified.certificate?.serialNumber ?? '').toLowerCase().replace(/^0+/, '')] });
    expect(await reasonOf([], certified)).toBe('UNAUTHENTICATED');
    denied = denying({ principals: ['user/cert/web'] });
    expect(await reasonOf([], certified)).toBe('UNAUTHENTICATED');
    denied = denying({});
    expect((await identified([], certified)).who.principal.path).toBe('user/cert/web');
  });
});

describe('root', () => {
  it('is nobody when denied, and only then', async () => {
    const ofRoot = { ...socket, listener: 'unix:/run/b' };
    denied = denying({ principals: ['user/local/administrator'] });
    expect((await identified([], ofRoot)).who).toBe(builtIn.root);
    denied = denying({ principals: ['root'] });
    expect(await reasonOf([], ofRoot)).toBe('UNAUTHENTICATED');
    expect((await identified([], socket)).who).toBe(builtIn.administrator);
  });
});

describe('a newcomer whose name is another’s', () => {
  beforeEach(() => {
    clash = unauthenticated(new Error('The name is taken.'));
  });

  it('is looked at once a minute, and known as soon as its subject is', async () => {
    for (let call = 0; call < 5; call++) expect(await reasonOf([], certified)).toBe('UNAUTHENTICATED');
    expect(registered).toHaveLength(1);
    clock.advance(60_000);
    expect(await reasonOf([], certified)).toBe('UNAUTHENTICATED');
    expect(registered).toHaveLength(2);
    bySubject.set(`uri:${web}`, snapshot('user/cert/web'));
    expect((await identified([], certified)).who.principal.path).toBe('user/cert/web');
  });

  it('has failed each time, so that its address is throttled, which who is known does not notice', async () => {
    const from = { ...certified, remoteAddress: '198.51.100.9' };
    for (let call = 0; call < 1000; call++) expect(await reasonOf([], from)).toBe('UNAUTHENTICATED');
    expect(await reasonOf([`Bearer a.${Buffer.from('{}').toString('base64url')}.c`], from)).toBe('THROTTLED');
    expect((await identified(bearer, from)).who).toBe(alice);
  });

  it('is registered when what failed was the store', async () => {
    clash = new KmsError('CONFLICT', 'The store is busy.');
    expect(await reasonOf([], certified)).toBe('CONFLICT');
    clash = undefined;
    expect((await identified([], certified)).who.principal.path).toBe('user/cert/web');
  });
});

describe('who called last on a connection', () => {
  it('is remembered', async () => {
    const first = await identified(bearer, { ...plain });
    expect(lookUps).toBe(1);
    const connection = { ...plain };
    for (let call = 0; call < 3; call++) expect((await identified(bearer, connection)).who).toBe(first.who);
    expect(lookUps).toBe(2);
  });

  it('is forgotten when the store changes, or the deny-list', async () => {
    const connection = { ...plain };
    await identified(bearer, connection);
    counter += 1;
    await identified(bearer, connection);
    denied = denying({});
    await identified(bearer, connection);
    expect(lookUps).toBe(3);
  });

  it('is not who calls with something else, or with two of it', async () => {
    const connection = { ...socket };
    expect((await identified(bearer, connection)).who).toBe(alice);
    expect((await identified([], connection)).who).toBe(builtIn.administrator);
    expect((await identified(bearer, connection)).who).toBe(alice);
    expect(await reasonOf([...bearer, ...bearer], connection)).toBe('UNAUTHENTICATED');
    expect(await reasonOf([`${bearer[0]}x`], connection)).toBe('UNAUTHENTICATED');
  });
});

function denying({ principals = [], serials = [] }: { principals?: readonly string[]; serials?: readonly string[] }): DenyList {
  return { principals: new Set(principals), serials: new Set(serials) };
}

async function identified(authorization: readonly string[], connection: Connection) {
  const look = () => identify({ authorization, connection });
  const found = look();
  return found instanceof Missing ? untilLoaded(found, look, () => undefined) : found;
}

async function reasonOf(authorization: readonly string[], connection: Connection): Promise<string> {
  return (await refusal(authorization, connection)).reason;
}

async function refusal(authorization: readonly string[], connection: Connection): Promise<KmsError> {
  try {
    await identified(authorization, connection);
  } catch (error) {
    if (error instanceof KmsError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

function newIdentifier() {
  return identifier({
    findToken: (tokenId) => {
      lookUps += 1;
      const { principalId } = alice.principal;
      const { secretHash } = mine;
      return tokenId === mine.tokenId ? { tokenId, secretHash, principalId, createdAt: 0, expiresAt: notAfter } : undefined;
    },
    issuers: new OidcIssuers({ issuers: [], now: () => clock.now() }),
    failures: new FailureLimit(new ManualClock(0), { burst: 1000, perSecond: 1, maxAddresses: 10 }),
    steadyNow: () => clock.now(),
    principals: {
      principal: (principalId) => (principalId === alice.principal.principalId ? alice : undefined),
      principalBySubject: (subject) => bySubject.get(subject),
      get counter() {
        return counter;
      },
    },
    register: async (newcomer) => {
      registered.push(newcomer);
      if (clash !== undefined) throw clash;
      bySubject.set(newcomer.subject, snapshot(newcomer.path));
    },
    nameRules: [{ san: 'uri', equals: web, name: 'web' }],
    denyList: () => denied,
    owners: new Map([
      ['unix:/run/a', builtIn.administrator],
      ['unix:/run/b', builtIn.root],
    ]),
  });
}

function snapshot(path: string): PrincipalSnapshot {
  const principalId = parsePrincipalId('1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11')!;
  return { principal: { principalId, path, createdAt: 0, disabled: false }, arn: principalArn(testScope, path), groups: [] };
}
