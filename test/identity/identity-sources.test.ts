import { describe, expect, it } from 'vitest';
import { openIdentitySources } from '../../src/identity/identity-sources.ts';
import { testScope } from '../fakes/callers.ts';
import { ManualClock } from '../fakes/manual-clock.ts';

const parts = {
  scope: testScope,
  clock: new ManualClock(0),
  report: { reloaded: () => undefined, broken: () => undefined },
};
const issuer = {
  issuer: 'https://a',
  audiences: ['a'],
  algorithms: ['ES256'],
  clockSkewSeconds: 0,
  nameClaim: 'sub',
  claims: [],
} as const;
const certificates = { mapping: [], denyList: undefined };

describe('a file about identities that is not there', () => {
  it('is told with the setting that names it', () => {
    const byUrl = { ...issuer, name: 'a', keys: { kind: 'url', url: 'https://a.example.org/keys' } } as const;
    const byFile = { ...issuer, name: 'b', keys: { kind: 'file', path: '/nonexistent/b.json' } } as const;
    expect(() => openIdentitySources({ certificates, oidc: [byUrl, byFile] }, parts)).toThrow(
      'identities.oidc[1].jwks_file: /nonexistent/b.json: it cannot be read: ENOENT',
    );
    const denyList = '/nonexistent/denied.txt';
    expect(() => openIdentitySources({ certificates: { ...certificates, denyList }, oidc: [] }, parts)).toThrow(
      `identities.certificates.deny_list: ${denyList}: it cannot be read: ENOENT`,
    );
  });
});
