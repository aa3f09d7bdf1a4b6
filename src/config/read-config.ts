import { dirname } from 'node:path';
import { readConfigFile } from './config-file.ts';
import type { Config, Listener } from './config.ts';
import type { WrittenListener } from './listeners.ts';
import { type Mistake, issueMistakes, refusal, yamlMistake } from './mistakes.ts';
import { noSuchSetting } from './schemas.ts';
import type { SettingPath } from './setting-path.ts';
import { type Settings, type Variable, settingsIn, settingsWithRules, variables } from './settings.ts';
import { type FileSource, type SetVariable, type Sources, merge, placeText, settingReference, settingTitle } from './sources.ts';
import { parseYamlSettings } from './yaml-settings.ts';

/**
 * Reads the settings from environment variables and from the file that LATCHKEY_CONFIG names; a variable comes before the
 * file. Throws `StartRefused` that names every mistake, where it is and what is allowed.
 */
export function readConfig(environment: Environment, readFile: (path: string) => string = readConfigFile): Config {
  const given = givenVariables(environment);
  const path = given.get(fileVariable);
  const { file, mistakes: fileMistakes } = path === undefined ? noFile : checkedFile(path, readFile(path));
  const sources: Sources = { file, variables: [...given].flatMap(([name, text]) => settingVariable(name, text)) };

  const schema = settingsWithRules(folderOf(file), (setting) => settingReference(setting, sources));
  const parsed = schema.safeParse(merge(sources));
  const mistakes = [...unknownVariables(given), ...fileMistakes, ...issueMistakes(parsed.error?.issues ?? [], sources)];
  if (!parsed.success || mistakes.length > 0) throw refusal(mistakes);
  return toConfig(parsed.data, sources);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of the server that are set. An empty one is an absent one, if there is such a setting. */
function givenVariables(environment: Environment): ReadonlyMap<string, string> {
  const ours = Object.entries(environment).flatMap(([name, text]) =>
    isOurs(name) && text !== undefined ? [[name, text] as const] : [],
  );
  return new Map(ours.filter(([name, text]) => text !== '' || !knownNames.includes(name)));
}

/** Variables of clients and tests may be in the environment too; every other name must be a setting. */
function isOurs(name: string): boolean {
  return name.startsWith('LATCHKEY_') && !name.startsWith('LATCHKEY_TEST_') && !foreignNames.includes(name);
}

function settingVariable(name: string, text: string): readonly SetVariable[] {
  const variable = Object.entries<Variable>(variables).find(([known]) => known === name)?.[1];
  return variable === undefined ? [] : [{ ...variable, name, text }];
}

function unknownVariables(given: ReadonlyMap<string, string>): readonly Mistake[] {
  const unknown = [...given.keys()].filter((name) => !knownNames.includes(name));
  return unknown.map((name) => ({ place: undefined, text: `${name}: ${noSuchSetting(name, knownNames)}` }));
}

/** The file by itself: what is wrong in it is told also where a variable overrides it. */
function checkedFile(path: string, text: string): CheckedFile {
  const { members, places, mistakes, isBroken } = parseYamlSettings(text);
  const file = { path, members, places };
  const ofYaml = mistakes.map((mistake) => yamlMistake(file, mistake));
  if (isBroken) throw refusal(ofYaml);
  const { error } = settingsIn(folderOf(file)).safeParse(members);
  return { file, mistakes: [...ofYaml, ...issueMistakes(error?.issues ?? [], { file, variables: [] })] };
}

interface CheckedFile {
  readonly file: FileSource | undefined;
  readonly mistakes: readonly Mistake[];
}

function folderOf(file: FileSource | undefined): string {
  return file === undefined ? '.' : dirname(file.path);
}

function toConfig({ arn, limits, metrics, ...settings }: Settings, sources: Sources): Config {
  const { file } = sources;
  return {
    listeners: settings.listeners.map((listener, index) => listenerAt(['listeners', index], listener, sources)),
    metrics: {
      address: metrics.address,
      setting: settingTitle(['metrics', 'address'], sources),
      tls: metrics.tls && { ...metrics.tls, setting: settingTitle(['metrics', 'tls'], sources) },
      allowPlaintext: metrics.allow_plaintext,
    },
    identities: settings.identities,
    dataDirectory: settings.data_directory,
    secretsDirectory: settings.secrets_directory,
    scope: arn,
    logLevel: settings.log_level,
    shutdownGraceMs: settings.shutdown_grace_ms,
    maxPlaintextBytes: limits.max_plaintext_bytes,
    maxMessageBytes: limits.max_message_bytes,
    maxInFlightBytes: limits.max_in_flight_bytes,
    maxConnectionAgeMs: limits.max_connection_age_ms,
    ...(limits.max_on_demand_rotations === undefined ? {} : { maxOnDemandRotations: limits.max_on_demand_rotations }),
    ...(file === undefined ? {} : { file: { path: file.path, places: placesOf(file) } }),
  };
}

function listenerAt(path: SettingPath, listener: WrittenListener, sources: Sources): Listener {
  const setting = settingTitle([...path, 'address'], sources);
  if (listener.kind === 'unix') return { ...listener, setting };
  const { tls } = listener;
  return { ...listener, setting, tls: tls && { ...tls, setting: settingTitle([...path, 'tls'], sources) } };
}

function placesOf(file: FileSource): ReadonlyMap<string, string> {
  return new Map([...file.places].map(([setting, place]) => [setting, placeText(file, place)]));
}

const noFile: CheckedFile = { file: undefined, mistakes: [] };
const fileVariable = 'LATCHKEY_CONFIG';
const knownNames: readonly string[] = [fileVariable, ...Object.keys(variables)];
const foreignNames: readonly string[] = [
  'LATCHKEY_ADDRESS',
  'LATCHKEY_TOKEN',
  'LATCHKEY_TOKEN_FILE',
  'LATCHKEY_CA',
  'LATCHKEY_CERTIFICATE',
  'LATCHKEY_KEY',
  'LATCHKEY_VECTORS',
];
