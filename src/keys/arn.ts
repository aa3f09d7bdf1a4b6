import { KmsError } from '../errors.ts';
import { type AliasName, parseAliasName } from './alias.ts';
import { type KeyId, parseKeyId } from './key-id.ts';

/** What all ARNs of one service have in common. */
export interface ArnScope {
  readonly partition: string;
  readonly region: string;
  /** 12 digits. */
  readonly account: string;
}

/** `arn:<partition>:kms:<region>:<account>:<resource>` */
export type Arn = `arn:${string}`;

export function keyArn(scope: ArnScope, keyId: KeyId): Arn {
  return `${prefixOf(scope)}key/${keyId}`;
}

export function aliasArn(scope: ArnScope, aliasName: AliasName): Arn {
  return `${prefixOf(scope)}${aliasName}`;
}

export type ArnResource =
  | { readonly kind: 'key'; readonly keyId: KeyId }
  | { readonly kind: 'alias'; readonly aliasName: AliasName }
  | { readonly kind: 'elsewhere' };

/**
 * What an ARN names; `elsewhere` is a well-formed ARN of another partition, region or account, which this service cannot
 * have. Throws INVALID_ARN.
 */
export function parseArn(text: string, scope: ArnScope): ArnResource {
  const match = text.length <= maxCharacters ? pattern.exec(text) : null;
  const resource = match?.[4];
  if (!match || resource === undefined) throw malformed(text);
  const parsed = parseResource(resource);
  if (parsed === undefined) throw malformed(text);
  const [, partition, region, account] = match;
  const here = partition === scope.partition && region === scope.region && account === scope.account;
  return here ? parsed : { kind: 'elsewhere' };
}

function parseResource(resource: string): ArnResource | undefined {
  if (resource.startsWith('key/')) {
    const keyId = parseKeyId(resource.slice('key/'.length));
    return keyId && { kind: 'key', keyId };
  }
  const aliasName = parseAliasName(resource);
  return aliasName && { kind: 'alias', aliasName };
}

function prefixOf({ partition, region, account }: ArnScope): Arn {
  return `arn:${partition}:kms:${region}:${account}:`;
}

function malformed(text: string): KmsError {
  return new KmsError(
    'INVALID_ARN',
    `${JSON.stringify(text.slice(0, maxShownCharacters))} is not an ARN of a key or alias: ` +
      'it has the form arn:<partition>:kms:<region>:<account>:key/<key id> or …:alias/<name>.',
  );
}

const pattern = /^arn:([a-z0-9-]+):kms:([a-z0-9-]+):([0-9]{12}):(.+)$/;
/** With the longest partition, region and alias that there are. */
const maxCharacters = 400;
const maxShownCharacters = 100;
