import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { trustedPath } from '../../src/tls/client-chain.ts';
import { type Authority, type Certificate, makeCa, removeCertificates } from './certificates.ts';

const day = 86_400_000;
const now = Date.now();
let root: Authority;
let other: Authority;
let intermediate: Authority;
let alice: Certificate;

beforeAll(() => {
  root = makeCa('root');
  other = makeCa('other');
  intermediate = root.issueAuthority('intermediate');
  alice = intermediate.issue({ name: 'alice' });
});
afterAll(removeCertificates);

it('leads over what the client sent, or what is known', () => {
  expect(path(alice, { authorities: [root], presented: [intermediate] })).toEqual(['alice', 'intermediate', 'root']);
  expect(path(alice, { authorities: [other, intermediate, root] })).toEqual(['alice', 'intermediate', 'root']);
  expect(path(root.issue({ name: 'direct' }), { authorities: [root] })).toEqual(['direct', 'root']);
});

it('ends at a root that is trusted, and nowhere else', () => {
  expect(path(alice, { authorities: [root] })).toBeUndefined();
  expect(path(alice, { authorities: [] })).toBeUndefined();
  expect(path(alice, { authorities: [other], presented: [intermediate, root] })).toBeUndefined();
  expect(path(alice, { authorities: [intermediate] })).toBeUndefined();
});

it('is not found by names alone', () => {
  const namesake = makeCa('root');
  expect(path(root.issue(), { authorities: [namesake] })).toBeUndefined();
  expect(path(alice, { authorities: [root], presented: [root.issueAuthority('intermediate')] })).toBeUndefined();
});

it('leads over authorities only', () => {
  const mallory = root.issue({ name: 'mallory' });
  expect(path(alice, { authorities: [root], presented: [mallory] })).toBeUndefined();
});

it('is valid at that time, in every part', () => {
  expect(path(alice, { authorities: [root], presented: [intermediate], at: now + 2 * day })).toBeUndefined();
  const short = makeCa('short', { notAfter: new Date(now + 1000) });
  const long = short.issue({ notAfter: new Date(now + 30 * day) });
  expect(path(long, { authorities: [short] })).toBeDefined();
  expect(path(long, { authorities: [short], at: now + 2000 })).toBeUndefined();
});

it('is looked for once at each certificate, however many could have issued each other', () => {
  const knot = makeCa('knot');
  const [others, leaf] = [makeCa('apart'), knot.issue({ name: 'leaf' })];
  const presented = Array.from({ length: 6 }, () => makeCa('knot', { key: knot.key }));
  const verify = vi.spyOn(X509Certificate.prototype, 'verify');
  expect(path(leaf, { authorities: [others], presented })).toBeUndefined();
  expect(verify.mock.calls.length).toBeLessThanOrEqual(7 * 7);
  verify.mockRestore();
  expect(path(leaf, { authorities: [knot], presented })).toEqual(['leaf', 'knot']);
});

interface Trusted {
  readonly authorities: readonly Authority[];
  readonly presented?: readonly { readonly certificate: string }[];
  readonly at?: number;
}

function path({ certificate }: Certificate, { authorities, presented = [], at = now }: Trusted): readonly string[] | undefined {
  const trust = { authorities: authorities.map(parse), presented: presented.map(parse), now: at };
  return trustedPath(parse({ certificate }), trust)?.map(({ subject }) => subject.slice('CN='.length));
}

function parse({ certificate }: { readonly certificate: string }): X509Certificate {
  return new X509Certificate(certificate);
}
