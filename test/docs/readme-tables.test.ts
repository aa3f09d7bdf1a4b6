import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { variables } from '../../src/config/settings.ts';
import { useServer } from '../e2e/using-server.ts';
import { codeOf, readDocument, tableRows } from './documents.ts';

const readme = readDocument('README.md');

describe('the table of settings', () => {
  const rows = tableRows(readme, 'setting').map(
    ([name = '', , fallback = '']) => [codeOf(name)[0] ?? '', codeOf(fallback)[0] ?? ''] as const,
  );

  it('has every setting and no other', () => {
    const known = () => readConfig({ LATCHKEY_NO_SUCH_SETTING: '1' });
    expect(known).toThrow(`there are ${rows.map(([name]) => name).join(', ')}.`);
  });

  it('says where each stands in the configuration file', () => {
    const documented = tableRows(readme, 'setting').map(([name = '', path = '']) => [codeOf(name)[0], codeOf(path)[0]]);
    const known = Object.entries(variables).map(([name, { path }]) => [name, path.join('.')]);
    expect(documented).toEqual([['LATCHKEY_CONFIG', undefined], ...known]);
  });

  it.each(rows)('says the default of %s, %s', (name, fallback) => {
    expect(readConfig({ [name]: fallback })).toEqual(readConfig({}));
  });
});

describe('the table of metrics', () => {
  const running = useServer();

  it('has every metric with its type and labels', async () => {
    const keyId = await running.newKey();
    await running.latchkey.crypto.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
    const page = await (await fetch(`http://${running.server.metricsAddress}/metrics`)).text();

    const documented = tableRows(readme, 'metric').map(([metric = '', type = '']) => `${codeOf(metric)[0] ?? ''} ${type}`);
    const exposed = [...page.matchAll(/^# TYPE (latchkey_\w+) (\w+)$/gm)].map(
      ([, name = '', type = '']) => `${name}${labelsOf(name, page)} ${type}`,
    );
    expect(exposed.toSorted()).toEqual(documented.toSorted());
  });
});

/** `{a,b}` of the samples of a metric; '' without samples or labels. */
function labelsOf(name: string, page: string): string {
  const sample = new RegExp(`^${name}(?:_sum)?\\{([^}]*)\\} `, 'm').exec(page)?.[1];
  if (sample === undefined) return '';
  return `{${[...sample.matchAll(/(\w+)="/g)].map(([, label]) => label).join(',')}}`;
}
