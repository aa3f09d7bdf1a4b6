import { readConfig } from '../../src/config/read-config.ts';
import type { Config } from '../../src/config/config.ts';

/** The settings with a file of this text, `/etc/latchkey/latchkey.yaml`, that is on no disk. */
export function configOf(text: string, environment: Readonly<Record<string, string>> = {}): Config {
  return readConfig({ LATCHKEY_CONFIG: '/etc/latchkey/latchkey.yaml', ...environment }, () => text);
}

/** Every mistake, in the order it is told, without the folder; none when the settings are right. */
export function mistakesOf(text: string, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    configOf(text, environment);
    return [];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'StartRefused') throw error;
    const [heading, ...mistakes] = error.message.replaceAll('/etc/latchkey/', '').split('\n  ');
    if (heading !== 'The settings are not right:') throw new Error(`Another refusal: ${error.message}`, { cause: error });
    return mistakes;
  }
}

/** The text of lines that are indented for the eye. */
export function yaml(lines: string): string {
  const indent = /^\n( *)/.exec(lines)?.[1] ?? '';
  return lines
    .replace(/^\n/, '')
    .replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    .trimEnd();
}

/** The settings without what says where they are from. */
export function effect({ file: _, listeners, metrics, ...settings }: Config): unknown {
  return {
    ...settings,
    listeners: listeners.map((listener) => ({ ...listener, setting: '' })),
    metrics: { ...metrics, setting: '' },
  };
}
