import { describe, expect, it } from 'vitest';
import { mistakesOf, yaml } from './written-file.ts';

describe('text that is no YAML', () => {
  it.each([
    ['listeners: [', '1:13: is not YAML: Flow sequence in block collection must be'],
    ['a: b: c', '1:4: is not YAML: Nested mappings are not allowed in compact mappings.'],
    ['arn:\n\tregion: a', '2:1: is not YAML: Tabs are not allowed as indentation.'],
    ['log_level: "info', '1:17: is not YAML: Missing closing "quote.'],
    ['log_level: info\n---\nlog_level: info', '2:1: is not YAML: there must be one document.'],
    ['? [a]\n: b', '1:3: is not YAML: a name must be text.'],
    ['%UNKNOWN\n---\nlog_level: info', '1:1: is not YAML: Unknown directive %UNKNOWN.'],
    ['['.repeat(50_000), 'is not YAML: it is nested too deeply.'],
  ])('%.40s', (text, mistake) => {
    expect(mistakesOf(text)).toContainEqual(expect.stringContaining(mistake));
    expect(mistakesOf(text)).toContainEqual(expect.stringMatching(/^latchkey\.yaml:\d+:\d+: is not YAML: /));
  });

  it.each([
    ['a name too far to the right', 'log_level: info\n metrics: {}', '2:2: is not YAML: it does not fit what is above it'],
    ['a name between two columns', 'metrics:\n  address: 127.0.0.1:1\n tls: {}', '3:1: is not YAML: All mapping items must'],
    ['a member too far to the right', 'metrics:\n  address: 127.0.0.1:1\n    tls: {}', '3:5: is not YAML: it does not fit what'],
    ['members that begin too early', 'metrics:\naddress: 127.0.0.1:1\n  tls: {}', '3:3: is not YAML: it does not fit what is'],
    ['an entry between two columns', 'listeners:\n  - address: a\n - address: b', '3:2: is not YAML: it does not fit what is'],
    ['a member before its entry', 'listeners:\n  - address: a\n   tls: {}', '3:1: is not YAML: Sequence item without -'],
  ])('has one message for a wrong indent: %s', (_, text, mistake) => {
    expect(mistakesOf(text)).toEqual([expect.stringMatching(/; check the indentation\.$/)]);
    expect(mistakesOf(text)).toEqual([expect.stringContaining(`latchkey.yaml:${mistake}`)]);
  });

  it('has one message for a stray bracket, and for a name in the line of another', () => {
    expect(mistakesOf('arn: {region: a}}\nlog_level: "info')).toEqual([expect.stringContaining('1:17: is not YAML: Unexpected')]);
    expect(mistakesOf('a: b: c')).toEqual([expect.not.stringContaining('indentation')]);
  });

  it('has every wrong indent told', () => {
    const text = 'metrics:\n  address: a\n    tls: {}\narn:\n  region: a\n    account: b';
    expect(mistakesOf(text).map((mistake) => mistake.slice(0, 17))).toEqual(['latchkey.yaml:3:5', 'latchkey.yaml:6:5']);
  });

  it('has every mistake told', () => {
    expect(mistakesOf('a: "\\q"\nb: "\\q"').map((mistake) => mistake.slice(0, 17))).toEqual([
      'latchkey.yaml:1:5',
      'latchkey.yaml:2:5',
    ]);
  });
});

describe('what YAML has besides mappings, lists and texts', () => {
  it('is refused: names that stand twice', () => {
    const text = yaml(`
      log_level: loud
      arn: { region: a, region: b }
      "log_level": info
    `);
    expect(mistakesOf(text)).toEqual([
      expect.stringContaining('latchkey.yaml:1:1: log_level: must be one of'),
      'latchkey.yaml:2:19: arn.region: must be set once; it is set in line 2 too.',
      'latchkey.yaml:3:1: log_level: must be set once; it is set in line 1 too.',
    ]);
  });

  it('is refused: anchors, and aliases of them', () => {
    const text = yaml(`
      metrics:
        tls: &files { certificate: a, key: b }
      listeners:
        - address: 127.0.0.1:1
          tls: *files
        - *files
    `);
    expect(mistakesOf(text)).toEqual([
      'latchkey.yaml:2:3: metrics.tls: must have no anchor: every value is written out where it is used.',
      'latchkey.yaml:5:5: listeners[0].tls: must be written out: aliases are not allowed.',
      'latchkey.yaml:6:5: listeners[1]: must be written out: aliases are not allowed.',
    ]);
  });

  it('is refused: a value that doubles with every line', () => {
    const lines = Array.from({ length: 60 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`);
    const mistakes = mistakesOf(['a0: &a0 [x, x]', ...lines].join('\n'));
    expect(mistakes).toContain('latchkey.yaml:1:1: a0: must have no anchor: every value is written out where it is used.');
    expect(mistakes).toContain('latchkey.yaml:50:1: a49: must have no anchor: every value is written out where it is used.');
  });

  it.each(['!!str info', '! info', '!local info', '!<tag:yaml.org,2002:str> info', '!!binary aW5mbw=='])(
    'is refused: %s',
    (value) => {
      expect(mistakesOf(`log_level: ${value}`)).toEqual([
        'latchkey.yaml:1:1: log_level: must have no tag: every value is text, a list or a mapping.',
      ]);
    },
  );

  it('is refused: merge keys, also where an older version of YAML has them', () => {
    const unknown = '"<<": there is no such setting;';
    expect(mistakesOf('<<: { log_level: debug }')).toEqual([expect.stringContaining(`latchkey.yaml:1:1: ${unknown}`)]);
    expect(mistakesOf('%YAML 1.1\n---\n<<: { log_level: debug }')).toEqual([
      expect.stringContaining(`latchkey.yaml:3:1: ${unknown}`),
    ]);
  });

  it('is refused: a list, or a text, instead of settings', () => {
    const mistake = 'latchkey.yaml:1:1: must be a mapping: lines of `name: value`.';
    expect(mistakesOf('- log_level: info')).toEqual([mistake]);
    expect(mistakesOf('info')).toEqual([mistake]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('is refused: the name %s', (name) => {
    const text = `${name}: { log_level: debug }\narn: { ${name}: x }`;
    expect(mistakesOf(text)).toEqual([
      expect.stringContaining(`latchkey.yaml:1:1: ${name}: there is no such setting;`),
      expect.stringContaining(`latchkey.yaml:2:8: arn.${name}: there is no such setting;`),
    ]);
  });

  it('stays on its line in messages', () => {
    expect(mistakesOf(`"a\\nb\u2028\u009B": 1\n${'x'.repeat(100)}: 2`)).toEqual([
      expect.stringContaining(String.raw`latchkey.yaml:1:1: "a\nb\u2028\u009b": there is`),
      expect.stringContaining(`latchkey.yaml:2:1: "${'x'.repeat(64)}...": there is`),
    ]);
  });
});

describe('a text that is too much', () => {
  it('has more values than any configuration', () => {
    expect(mistakesOf(`identities: [${'a,'.repeat(30_000)}]`)).toEqual([
      expect.stringMatching(
        /^latchkey\.yaml:1:\d+: identities\[19997\]: is more than a configuration has: 20000 values at most\.$/,
      ),
    ]);
  });

  it('is nested deeper than any setting', () => {
    const deep = `${'{ a: '.repeat(20)}b${' }'.repeat(20)}`;
    expect(mistakesOf(`arn: ${deep}`)).toContainEqual(expect.stringMatching(/: arn(\.a){15}: is nested more than 16 deep\.$/));
  });
});
