import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { type Variable, variables } from '../../src/config/settings.ts';
import { configOf, effect, mistakesOf } from './written-file.ts';

/** For each variable, two values that are not the default. */
const values: Readonly<Record<keyof typeof variables, readonly [string, string]>> = {
  LATCHKEY_GRPC_ADDRESS: ['127.0.0.1:1', 'unix:/run/a'],
  LATCHKEY_METRICS_ADDRESS: ['127.0.0.1:1', '127.0.0.1:2'],
  LATCHKEY_DATA_DIR: ['/srv/a', '/srv/b'],
  LATCHKEY_SECRETS_DIR: ['/srv/a', '/srv/b'],
  LATCHKEY_ARN_PARTITION: ['aws-cn', 'aws-eu'],
  LATCHKEY_ARN_REGION: ['here-1', 'there-1'],
  LATCHKEY_ARN_ACCOUNT: ['012345678901', '111111111111'],
  LATCHKEY_LOG_LEVEL: ['debug', 'warn'],
  LATCHKEY_SHUTDOWN_GRACE_MS: ['1', '2'],
  LATCHKEY_MAX_PLAINTEXT_BYTES: ['1000', '2000'],
  LATCHKEY_MAX_ON_DEMAND_ROTATIONS: ['0', '1'],
  LATCHKEY_MAX_MESSAGE_BYTES: ['2000000', '3000000'],
  LATCHKEY_MAX_IN_FLIGHT_BYTES: ['300000000', '400000000'],
  LATCHKEY_MAX_CONNECTION_AGE_MS: ['1000', '2000'],
};

describe.each(Object.entries(values))('%s', (name, [one, other]) => {
  it('sets the same as its setting in the file', () => {
    expect(effect(configOf(inFile(name, one)))).toEqual(effect(readConfig({ [name]: one })));
    expect(effect(readConfig({ [name]: one }))).not.toEqual(effect(readConfig({})));
  });

  it('comes before the file', () => {
    expect(effect(configOf(inFile(name, one), { [name]: other }))).toEqual(effect(readConfig({ [name]: other })));
  });

  it('leaves it to the file when it is empty', () => {
    expect(effect(configOf(inFile(name, one), { [name]: '' }))).toEqual(effect(readConfig({ [name]: one })));
  });
});

describe('a variable before the file', () => {
  it('lets no mistake of the file pass', () => {
    expect(mistakesOf('log_level: loud', { LATCHKEY_LOG_LEVEL: 'info' })).toEqual([
      'latchkey.yaml:1:1: log_level: must be one of fatal, error, warn, info, debug, silent.',
    ]);
  });

  it('is named when it is wrong, whatever the file says', () => {
    expect(mistakesOf('log_level: info', { LATCHKEY_LOG_LEVEL: 'loud' })).toEqual([
      'LATCHKEY_LOG_LEVEL: must be one of fatal, error, warn, info, debug, silent.',
    ]);
    expect(mistakesOf('listeners: *a', { LATCHKEY_GRPC_ADDRESS: 'x' })).toEqual([
      'LATCHKEY_GRPC_ADDRESS: must be host:port or unix:/path, several separated by commas.',
      'latchkey.yaml:1:1: listeners: must be written out: aliases are not allowed.',
    ]);
    expect(mistakesOf('metrics: x', { LATCHKEY_METRICS_ADDRESS: '127.0.0.1:1' })).toEqual([
      'latchkey.yaml:1:1: metrics: must be a mapping, of address, tls, allow_plaintext.',
    ]);
  });

  it('that names addresses replaces the listeners with all that belongs to them', () => {
    const text = 'listeners: [{ address: unix:/run/a, principal: root }]';
    expect(configOf(text, { LATCHKEY_GRPC_ADDRESS: 'unix:/run/a' }).listeners).toEqual([
      { kind: 'unix', address: 'unix:/run/a', setting: 'LATCHKEY_GRPC_ADDRESS', principal: 'administrator' },
    ]);
  });

  it('has relative paths begin at the working directory, and the file at its own folder', () => {
    const both = configOf('data_directory: here', { LATCHKEY_SECRETS_DIR: 'there' });
    expect([both.dataDirectory, both.secretsDirectory]).toEqual(['/etc/latchkey/here', `${process.cwd()}/there`]);
    const none = configOf('{}');
    expect([none.dataDirectory, none.secretsDirectory]).toEqual([`${process.cwd()}/data`, `${process.cwd()}/secrets`]);
  });
});

/** A file that sets what a variable sets. */
function inFile(name: string, value: string): string {
  const path = Object.entries<Variable>(variables).find(([known]) => known === name)?.[1].path ?? [];
  const written: unknown = name === 'LATCHKEY_GRPC_ADDRESS' ? [{ address: value }] : value;
  return JSON.stringify(path.reduceRight((inner, step) => ({ [step]: inner }), written));
}
