import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { StartRefused } from '../../src/errors.ts';

/** Whatever stands in the file, the server has settings or says what is wrong, within the seconds that a test may take. */

/** Names and values of the file's own layout, so that many texts are nearly right. */
const words =
  'listeners address tls certificate key client_ca client_certificate min_version principal root metrics allow_plaintext identities ' +
  'certificates mapping san equals prefix name deny_list oidc issuer audience algorithms RS256 jwks_url https://a/jwks arn account ' +
  'limits max_message_bytes 127.0.0.1:1 unix:/run/a true 1.3 30 000000000000 __proto__ constructor null ~ << \0 ü';
const word = fc.constantFrom(...words.split(' '));

/** What has a meaning in YAML; an underscore is a space, a slash a line break. */
const marks =
  ':_ : :/ :/__ :/____-_ / /__ /____ /-_ ,_ { } [ ] {_ _} " \' ?_ &a_ *a !!str_ !x_ | > # _#_ --- /---/ ... %YAML_1.1/ %TAG_!_x/ \t \\ @ ` \r';
const mark = fc.constantFrom(...marks.split(' ').map((written) => written.replaceAll('_', ' ').replaceAll('/', '\n')));

const broken = fc
  .array(fc.oneof(word, mark, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 60 })
  .map((parts) => parts.join(''));

/** YAML that is well formed, of any shape: JSON. */
const shaped = fc
  .letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, word, fc.jsonValue(), tie('list'), tie('members')),
    list: fc.array(tie('value'), { maxLength: 4 }),
    members: fc.dictionary(word, tie('value'), { maxKeys: 6 }),
  }))
  .members.map((members) => JSON.stringify(members));

it.each([
  ['any text', fc.string({ unit: 'binary', maxLength: 500 }), 300],
  ['nearly YAML', broken, 1200],
  ['YAML of any shape', shaped, 600],
] as const)('%s is settings or a refusal that says where', (_, text, numRuns) => {
  fc.assert(
    fc.property(text, (written) => expectSettingsOrRefusal(written)),
    { numRuns },
  );
});

it.each(['[', '{a: ', '- ', ']', '"', '\n', 'a:\n', '- a: b\n'])(
  '%j, as often as a file has room for it, is one or the other',
  (piece) => {
    expectSettingsOrRefusal(piece.repeat(Math.floor(maxBytes / piece.length)));
  },
);

function expectSettingsOrRefusal(text: string): void {
  try {
    expect(readConfig({ LATCHKEY_CONFIG: 'latchkey.yaml' }, () => text).listeners.length).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    const [heading, ...mistakes] = error.message.split('\n  ');
    expect(heading).toBe('The settings are not right:');
    expect(mistakes.length).toBeGreaterThan(0);
    for (const mistake of mistakes) expect(mistake).toMatch(/^latchkey\.yaml:\d+:\d+: |^and \d+ more\.$|^latchkey\.yaml: \w+: /);
  }
}

const maxBytes = 256 * 1024;
