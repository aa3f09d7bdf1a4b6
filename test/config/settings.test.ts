import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { configOf, effect, mistakesOf, yaml } from './written-file.ts';

const tls = '{ certificate: a, key: b }';
const oidc = 'name: n, issuer: i, audience: [a], algorithms: [RS256], jwks_file: f';

/** One mistake each; the place is that of the name, or of the entry of a list. */
const wrong: readonly (readonly [text: string, mistake: string])[] = [
  ['listeners: 127.0.0.1:1', '1:1: listeners: must be a list.'],
  ['listeners:', '1:1: listeners: has no value; it must be a list.'],
  ['listeners: []', '1:1: listeners: must have an entry.'],
  ['listeners: [127.0.0.1:1]', '1:13: listeners[0]: must be a mapping, of address, tls, principal.'],
  ['listeners: [{}]', '1:13: listeners[0].address: is missing; it must be host:port or unix:/path.'],
  ['listeners:\n  - address: localhost', '2:5: listeners[0].address: must be host:port or unix:/path.'],
  ['listeners: [{ address: a:1, principal: root }]', '1:29: listeners[0].principal: must be at a unix: address: who'],
  ['listeners: [{ address: unix:/a, principal: me }]', '1:33: listeners[0].principal: must be one of administrator, root.'],
  [`listeners: [{ address: unix:/a, tls: ${tls} }]`, '1:33: listeners[0].tls: must not be at a unix: address: its'],
  ['listeners: [{ address: a:1, tls: { key: b } }]', '1:29: listeners[0].tls.certificate: is missing; it must be a path.'],
  [
    'listeners: [{ address: a:1, tls: { certificate: a, key: ~ } }]',
    '1:52: listeners[0].tls.key: has no value; it must be a path.',
  ],
  ['listeners: [{ address: a:1, tls: { certificate: a, key: "" } }]', '1:52: listeners[0].tls.key: must be a path.'],
  [
    'listeners: [{ address: a:1, tls: { certificate: a, key: b, min_version: 1.1 } }]',
    '1:60: listeners[0].tls.min_version: must be one of 1.2, 1.3.',
  ],
  [
    'listeners: [{ address: a:1, tls: { certificate: a, key: b, client_certificate: optional } }]',
    '1:60: listeners[0].tls.client_certificate: must come with client_ca, the authorities that the certificates are from.',
  ],
  ['metrics: { address: unix:/a }', '1:12: metrics.address: must be host:port.'],
  ['metrics: { allow_plaintext: yes }', '1:12: metrics.allow_plaintext: must be one of true, false.'],
  [`metrics: { tls: ${tls}, allow_plaintext: true }`, '1:45: metrics.allow_plaintext: must not be true with tls, which'],
  ['metrics: { tls: { certificate: a } }', '1:12: metrics.tls.key: is missing; it must be a path.'],
  ['metrics: { tls: { certificate: a, key: b, client_ca: c } }', '1:43: metrics.tls.client_ca: there is no such setting;'],
  ['identities: { certificates: { mapping: [] } }', '1:31: identities.certificates.mapping: must have an entry.'],
  [
    'identities: { certificates: { mapping: [{ san: ip, prefix: a }] } }',
    '1:43: identities.certificates.mapping[0].san: must be one of uri, dns, email.',
  ],
  ...[
    '{ san: uri }',
    '{ san: uri, equals: a }',
    '{ san: uri, equals: a, prefix: b }',
    '{ san: uri, equals: a, name: n, prefix: b }',
    '{ san: uri, prefix: b, name: n }',
  ].map(
    (rule) =>
      [
        `identities: { certificates: { mapping: [${rule}] } }`,
        '1:41: identities.certificates.mapping[0]: must have either equals and name, or prefix, behind which the name stands.',
      ] as const,
  ),
  [
    'identities: { certificates: { mapping: [{ san: uri, equals: a, name: a b }] } }',
    '1:64: identities.certificates.mapping[0].name: must be 1 to 64 of A-Z, a-z, 0-9 and + = , . @ _ -.',
  ],
  [
    'identities: { certificates: { mapping: [{ san: uri, prefix: a b }] } }',
    '1:53: identities.certificates.mapping[0].prefix: must be 1 to 2048 visible ASCII characters.',
  ],
  ['identities: { certificates: { deny_list: [a] } }', '1:31: identities.certificates.deny_list: must be a path.'],
  [
    `identities: { oidc: [{ ${oidc.replace('name: n', 'name: N')} }] }`,
    '1:24: identities.oidc[0].name: must be 1 to 32 of a-z, 0-9 and -.',
  ],
  [`identities: { oidc: [{ ${oidc.replace('[a]', 'a')} }] }`, '1:44: identities.oidc[0].audience: must be a list.'],
  [`identities: { oidc: [{ ${oidc.replace('[a]', '[]')} }] }`, '1:44: identities.oidc[0].audience: must have an entry.'],
  [
    `identities: { oidc: [{ ${oidc.replace('audience: [a], ', '')} }] }`,
    '1:22: identities.oidc[0].audience: is missing; it must be a list.',
  ],
  ...['HS256', 'none', 'rs256', 'ES256K'].map(
    (algorithm) =>
      [
        `identities: { oidc: [{ ${oidc.replace('RS256', algorithm)} }] }`,
        '1:72: identities.oidc[0].algorithms[0]: must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA.',
      ] as const,
  ),
  [
    `identities: { oidc: [{ ${oidc}, jwks_url: "https://a/jwks" }] }`,
    '1:22: identities.oidc[0]: must have either jwks_file or jwks_url, for the keys that its tokens are signed with.',
  ],
  [
    `identities: { oidc: [{ ${oidc.replace(', jwks_file: f', '')} }] }`,
    '1:22: identities.oidc[0]: must have either jwks_file or jwks_url, for the keys that its tokens are signed with.',
  ],
  ...[
    'http://a/jwks',
    'http://127.0.0.1.example.org/jwks',
    'https:a',
    'https://u:p@a/jwks',
    'https://a/#x',
    'file:///etc/jwks',
    'x',
  ].map(
    (url) =>
      [
        `identities: { oidc: [{ ${oidc.replace('jwks_file: f', `jwks_url: "${url}"`)} }] }`,
        '1:80: identities.oidc[0].jwks_url: must be an https URL without user and fragment; http only at 127.0.0.1, [::1] or localhost.',
      ] as const,
  ),
  [
    `identities: { oidc: [{ ${oidc}, clock_skew_seconds: 301 }] }`,
    '1:94: identities.oidc[0].clock_skew_seconds: must be a whole number of seconds, 0 to 300.',
  ],
  [
    `identities: { oidc: [{ ${oidc}, name_claim: "a\\tb" }] }`,
    '1:94: identities.oidc[0].name_claim: must be 1 to 256 printable characters.',
  ],
  ...(
    [
      [
        '{ claim: a }',
        '1:104: identities.oidc[0].claims[0]: must have either equals, which the claim is to the letter, or prefix,',
      ],
      ['{ claim: a, equals: b, prefix: c }', '1:104: identities.oidc[0].claims[0]: must have either equals,'],
      ['{ claim: a, equals: "" }', '1:116: identities.oidc[0].claims[0].equals: must be 1 to 1024 printable characters.'],
      ['{ claim: a, prefix: [b] }', '1:116: identities.oidc[0].claims[0].prefix: must be 1 to 1024 printable characters.'],
      ['{ claim: a, begins: b, equals: c }', '1:116: identities.oidc[0].claims[0].begins: there is no such setting;'],
      ['{ equals: a }', '1:104: identities.oidc[0].claims[0].claim: is missing; it must be 1 to 256 printable characters.'],
      ['a', '1:104: identities.oidc[0].claims[0]: must be a mapping, of claim, equals, prefix.'],
      ['', '1:94: identities.oidc[0].claims: must have an entry.'],
      [
        '{ claim: a, equals: b }, { claim: a, prefix: b }',
        '1:131: identities.oidc[0].claims[1].claim: must be unique; claims[0] has',
      ],
    ] as const
  ).map(([claims, mistake]) => [`identities: { oidc: [{ ${oidc}, claims: [ ${claims} ] }] }`, mistake] as const),
  ['identities: { oidc: [], }', '1:15: identities.oidc: must have an entry.'],
  ['data_directory: {}', '1:1: data_directory: must be a path.'],
  ['data_directory: "a\\0b"', '1:1: data_directory: must be a path.'],
  ['arn: { account: 12345678901 }', '1:8: arn.account: must be 12 digits.'],
  ['arn: { region: US }', '1:8: arn.region: must be 1 to 32 of a-z, 0-9 and -.'],
  ['arn:', '1:1: arn: has no value; it must be a mapping, of partition, region, account.'],
  ['log_level: loud', '1:1: log_level: must be one of fatal, error, warn, info, debug, silent.'],
  ['shutdown_grace_ms: 1e3', '1:1: shutdown_grace_ms: must be a whole number of milliseconds, 0 to 600000.'],
  ['shutdown_grace_ms: 600001', '1:1: shutdown_grace_ms: must be a whole number of milliseconds, 0 to 600000.'],
  ['limits: { max_plaintext_bytes: 0x10 }', '1:11: limits.max_plaintext_bytes: must be a whole number of bytes, 1 to 268435456.'],
  ['limits: { max_on_demand_rotations: -1 }', '1:11: limits.max_on_demand_rotations: must be a whole number of rotations,'],
  ['log_levels: info', '1:1: log_levels: there is no such setting; there are listeners, metrics,'],
];

describe('a file with one mistake', () => {
  it.each(wrong)('%s', (text, mistake) => {
    expect(mistakesOf(text)).toEqual([expect.stringContaining(`latchkey.yaml:${mistake}`)]);
  });

  it('tells what was probably meant', () => {
    expect(mistakesOf('limits: { max_plain_text_bytes: 1 }')).toEqual([
      expect.stringMatching(/\. Did you mean max_plaintext_bytes\?$/),
    ]);
    expect(mistakesOf('plaintext: 1')).toEqual([expect.stringMatching(/, limits\.$/)]);
  });
});

describe('a file with several mistakes', () => {
  it('has them told at once, in its order, behind those of variables', () => {
    const text = yaml(`
      data_directory: /srv/latchkey
      secrets_directory: /srv/latchkey/secrets
      nothing: {}
      limits:
        max_in_flight_bytes: 1048576
        max_message_bytes: 2097152
        max_plaintext_bytes: 2097152
      log_level: loud
      identities:
        oidc:
          - { ${oidc} }
          - { ${oidc}, other: 1 }
    `);
    expect(mistakesOf(text, { LATCHKEY_ARN_REGION: 'EU', LATCHKEY_NO: '1' })).toEqual([
      expect.stringContaining('LATCHKEY_NO: there is no such setting;'),
      expect.stringContaining('LATCHKEY_ARN_REGION: must be 1 to 32'),
      expect.stringContaining('latchkey.yaml:2:1: secrets_directory: must not be inside data_directory (line 1)'),
      expect.stringContaining('latchkey.yaml:3:1: nothing: there is no such setting;'),
      expect.stringContaining(
        'latchkey.yaml:5:3: limits.max_in_flight_bytes: must be at least 3 times limits.max_message_bytes (line 6)',
      ),
      expect.stringContaining(
        'latchkey.yaml:6:3: limits.max_message_bytes: must be at least 65536 more than limits.max_plaintext_bytes',
      ),
      expect.stringContaining('latchkey.yaml:8:1: log_level: must be one of'),
      expect.stringContaining('latchkey.yaml:12:9: identities.oidc[1].name: must be unique; oidc[0] has it too.'),
      expect.stringContaining('latchkey.yaml:12:18: identities.oidc[1].issuer: must be unique; oidc[0] has it too.'),
      expect.stringContaining('latchkey.yaml:12:79: identities.oidc[1].other: there is no such setting;'),
    ]);
  });

  it('that are very many has the first hundred told', () => {
    const mistakes = mistakesOf(Array.from({ length: 150 }, (_, index) => `a${index}: 1`).join('\n'));
    expect(mistakes).toHaveLength(101);
    expect(mistakes[99]).toContain('latchkey.yaml:100:1: a99:');
    expect(mistakes[100]).toBe('and 50 more.');
  });
});

describe('rules between a file and variables', () => {
  it('name whichever set the values', () => {
    const demand = 'must be at least 65536 more than';
    expect(mistakesOf('limits: { max_plaintext_bytes: 100000000 }')).toEqual([
      expect.stringContaining(`latchkey.yaml:1:1: limits.max_message_bytes: ${demand} limits.max_plaintext_bytes (line 1),`),
    ]);
    expect(mistakesOf('limits: { max_message_bytes: 65536 }', { LATCHKEY_MAX_PLAINTEXT_BYTES: '1' })).toEqual([
      expect.stringContaining(`latchkey.yaml:1:11: limits.max_message_bytes: ${demand} LATCHKEY_MAX_PLAINTEXT_BYTES,`),
    ]);
    expect(mistakesOf('limits: { max_plaintext_bytes: 1 }', { LATCHKEY_MAX_MESSAGE_BYTES: '65536' })).toEqual([
      expect.stringContaining(`LATCHKEY_MAX_MESSAGE_BYTES: ${demand} limits.max_plaintext_bytes (line 1),`),
    ]);
    expect(mistakesOf('data_directory: /', { LATCHKEY_LOG_LEVEL: 'info' })).toEqual([
      expect.stringContaining('latchkey.yaml: secrets_directory: must not be inside data_directory (line 1):'),
    ]);
  });

  it('hold for what is used, not for what a variable overrides', () => {
    const text = 'limits: { max_plaintext_bytes: 100000000 }';
    expect(mistakesOf(text, { LATCHKEY_MAX_PLAINTEXT_BYTES: '1000' })).toEqual([]);
  });
});

describe('a file that is right', () => {
  it.each(['', '# nothing\n', '---\n', '{}', '\uFEFF'])('may say nothing: %j', (text) => {
    expect(effect(configOf(text))).toEqual(effect(readConfig({})));
    expect(configOf(text).file?.path).toBe('/etc/latchkey/latchkey.yaml');
  });

  it('takes values with quotes or without', () => {
    const text = (account: string) => `arn: { account: ${account} }\nlimits: { max_plaintext_bytes: "10" }`;
    for (const account of ['012345678901', '"012345678901"', "'012345678901'"]) {
      expect(configOf(text(account))).toMatchObject({ scope: { account: '012345678901' }, maxPlaintextBytes: 10 });
    }
  });

  it('has the defaults of what comes with what it sets', () => {
    const config = configOf(
      yaml(`
      listeners:
        - address: "[::1]:1"
          tls: { certificate: a.crt, key: /a.key, client_ca: ../ca.pem }
        - address: unix:/run/a
      metrics: { tls: { certificate: m.crt, key: m.key } }
      identities: { oidc: [{ ${oidc} }], certificates: { deny_list: denied } }
    `),
    );
    const folder = '/etc/latchkey';
    expect(config.listeners).toEqual([
      {
        kind: 'tcp',
        address: '[::1]:1',
        setting: `${folder}/latchkey.yaml:2:5: listeners[0].address`,
        tls: {
          certificate: `${folder}/a.crt`,
          key: '/a.key',
          minVersion: '1.3',
          clients: { ca: '/etc/ca.pem', certificate: 'required' },
          setting: `${folder}/latchkey.yaml:3:5: listeners[0].tls`,
        },
      },
      {
        kind: 'unix',
        address: 'unix:/run/a',
        setting: `${folder}/latchkey.yaml:4:5: listeners[1].address`,
        principal: 'administrator',
      },
    ]);
    expect(config.metrics).toMatchObject({ tls: { certificate: `${folder}/m.crt`, minVersion: '1.3' }, allowPlaintext: false });
    expect(config.identities).toEqual({
      certificates: { mapping: [], denyList: `${folder}/denied` },
      oidc: [
        {
          name: 'n',
          issuer: 'i',
          audiences: ['a'],
          algorithms: ['RS256'],
          keys: { kind: 'file', path: `${folder}/f` },
          claims: [],
          clockSkewSeconds: 30,
          nameClaim: 'sub',
        },
      ],
    });
  });

  it.each(['https://a/jwks', 'http://127.0.0.1:1/jwks', 'http://[::1]/jwks', 'http://localhost/jwks'])(
    'takes keys from %s',
    (url) => {
      const config = configOf(`identities: { oidc: [{ ${oidc.replace('jwks_file: f', `jwks_url: "${url}"`)} }] }`);
      expect(config.identities.oidc[0]?.keys).toEqual({ kind: 'url', url });
    },
  );

  it('takes claims that a token must have', () => {
    const claims = 'claims: [{ claim: repository_owner, equals: example }, { claim: ref, prefix: refs/heads/ }]';
    expect(configOf(`identities: { oidc: [{ ${oidc}, ${claims} }] }`).identities.oidc[0]?.claims).toEqual([
      { claim: 'repository_owner', equals: 'example' },
      { claim: 'ref', prefix: 'refs/heads/' },
    ]);
  });
});
