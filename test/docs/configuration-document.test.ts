import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../src/config/read-config.ts';
import { settingsIn, variables } from '../../src/config/settings.ts';
import { configOf } from '../config/written-file.ts';
import { runServerToItsEnd } from '../e2e/start-server.ts';
import { codeOf, fencedBlocks, readDocument, tableRows } from './documents.ts';

const document = readDocument('docs/CONFIGURATION.md');
const [example = ''] = fencedBlocks(document, 'yaml');

describe('the example', () => {
  it('is read as it stands there', () => {
    expect(configOf(example)).toMatchObject({
      listeners: [{ kind: 'tcp', tls: { minVersion: '1.2', clients: { certificate: 'optional' } } }, { kind: 'unix' }],
      identities: {
        certificates: { mapping: [{ name: 'web' }, { prefix: 'db-' }], denyList: '/etc/latchkey/denied.txt' },
        oidc: [
          { name: 'github', clockSkewSeconds: 60 },
          { name: 'cluster', keys: { kind: 'file' } },
        ],
      },
      scope: { account: '012345678901' },
      maxOnDemandRotations: 100,
    });
  });

  it('has every member that there is', () => {
    const shown = [...(configOf(example).file?.places.keys() ?? [])].map(withoutNumbers);
    expect(members().filter((member) => !shown.includes(member))).toEqual([]);
  });
});

describe('the table of members', () => {
  const rows = tableRows(document, 'member').map(([member = '', fallback = '', meaning = '']) => ({
    member: codeOf(member)[0] ?? '',
    fallback: codeOf(fallback)[0],
    meaning: codeOf(meaning)[0] ?? '',
  }));

  it('has every member and no other', () => {
    const prefixes: Readonly<Record<string, string>> = { mapping: 'identities.certificates.', oidc: 'identities.' };
    const documented = rows.map(({ member }) => member.replace(/^…(\w+)/, (_, list: string) => `${prefixes[list] ?? ''}${list}`));
    expect(documented.toSorted()).toEqual(members().toSorted());
  });

  it('names the variable of each that has one', () => {
    const named = rows.filter(({ meaning }) => meaning.startsWith('LATCHKEY_')).map(({ member, meaning }) => [meaning, member]);
    const others = ['LATCHKEY_GRPC_ADDRESS', 'LATCHKEY_METRICS_ADDRESS'];
    const known = Object.entries(variables).map(([name, { path }]) => [name, path.join('.')]);
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(known.filter(([name = '']) => !others.includes(name))));
  });

  it.each(rows.filter(({ fallback, member }) => fallback !== undefined && !member.includes('[]') && !member.includes('.tls.')))(
    'says the default of $member',
    ({ member, fallback }) => {
      const text = JSON.stringify(member.split('.').reduceRight<unknown>((inner, step) => ({ [step]: inner }), fallback));
      const { file: _, ...settings } = readConfig({ LATCHKEY_CONFIG: 'latchkey.yaml' }, () => text);
      const { metrics, ...defaults } = readConfig({});
      expect(settings).toMatchObject({
        ...defaults,
        listeners: [{ address: '127.0.0.1:50051' }],
        metrics: { address: metrics.address },
      });
    },
  );
});

it('shows what the server says about mistakes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-mistakes-'));
  const path = join(folder, 'latchkey.yaml');
  writeFileSync(path, fencedBlocks(document, 'yaml mistaken')[0] ?? '');
  const env = { LATCHKEY_CONFIG: path, LATCHKEY_LOG_LEVEL: 'loud' };
  const { output } = await runServerToItsEnd({ home: folder, env });
  rmSync(folder, { recursive: true });
  expect(output.replaceAll(`${folder}/`, '')).toContain(fencedBlocks(document, 'text')[0]?.trimEnd());
});

/** Every member of the file that holds a text: `listeners[].address`. */
function members(): readonly string[] {
  return leaves(z.toJSONSchema(settingsIn('/'), { io: 'input' }), '');
}

function leaves({ properties, items }: z.core.JSONSchema.BaseSchema, path: string): readonly string[] {
  if (typeof items === 'object' && !Array.isArray(items)) return leaves(items, `${path}[]`);
  if (properties === undefined) return [path];
  return Object.entries(properties).flatMap(([name, inner]) =>
    typeof inner === 'object' ? leaves(inner, path === '' ? name : `${path}.${name}`) : [],
  );
}

/** Of the example. */

function withoutNumbers(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]');
}
