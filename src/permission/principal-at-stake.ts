import type { AccessToken, AccessTokenId } from '../access/access-token.ts';
import type { ActionName } from '../access/actions.ts';
import { principalArn } from '../access/principal.ts';
import type { PrincipalReference } from '../access/principal-reference.ts';
import { KmsError } from '../errors.ts';
import type { Directory, PrincipalSnapshot } from '../keyring/directory.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { CallFacts } from './call-facts.ts';
import type { Permission } from './permission.ts';

/** Where principals are found. */
export interface PrincipalPlaces {
  readonly directory: Pick<Directory, 'principal' | 'principalByPath' | 'accessToken'>;
  /** Those that are in no store. */
  readonly builtIn: readonly PrincipalSnapshot[];
  readonly scope: ArnScope;
}

/** What a caller wants to do with whom. */
export interface PrincipalCall {
  readonly action: ActionName;
  readonly permission: Pick<Permission, 'onAccount'>;
  readonly facts?: CallFacts;
}

/**
 * The principal that a call is about, if its caller may do this with it. An ARN or path is authorised before anybody looks whether
 * there is such a principal. An id has to be looked up for that: of one that nobody has, only those learn who may do this with
 * everybody. Throws ACCESS_DENIED, NO_SUCH_ENTITY, KEY_UNAVAILABLE.
 */
export async function principalAtStake(
  reference: PrincipalReference,
  { action, permission, facts }: PrincipalCall,
  places: PrincipalPlaces,
): Promise<PrincipalSnapshot> {
  if (reference.kind === 'path') {
    permission.onAccount(action, principalArn(places.scope, reference.path), facts);
    return present(await principalNamed(reference, places), reference.path);
  }
  const found = await principalNamed(reference, places);
  permission.onAccount(action, found?.arn ?? '*', facts);
  return present(found, reference.principalId);
}

/** As `principalAtStake`, of a call that changes the principal. Throws UNSUPPORTED_OPERATION for one that cannot be. */
export async function principalToChange(
  reference: PrincipalReference,
  call: PrincipalCall,
  places: PrincipalPlaces,
): Promise<PrincipalSnapshot> {
  const found = await principalAtStake(reference, call, places);
  if (places.builtIn.includes(found)) throw unchangeable(found.principal.path);
  return found;
}

/** The access token of this id, if the caller may do this with whom it belongs to. Throws as `principalAtStake`. */
export async function accessTokenAtStake(
  tokenId: AccessTokenId,
  { action, permission }: PrincipalCall,
  places: PrincipalPlaces,
): Promise<AccessToken> {
  const token = await afterLoading(() => places.directory.accessToken(tokenId));
  const owner = token && (await principalNamed({ kind: 'id', principalId: token.principalId }, places));
  permission.onAccount(action, owner?.arn ?? '*');
  if (token === undefined) throw new KmsError('NO_SUCH_ENTITY', `There is no access token ${tokenId}.`);
  return token;
}

async function principalNamed(reference: PrincipalReference, places: PrincipalPlaces): Promise<PrincipalSnapshot | undefined> {
  const { directory, builtIn } = places;
  const ofService = builtIn.find(({ principal }) =>
    reference.kind === 'id' ? principal.principalId === reference.principalId : principal.path === reference.path,
  );
  if (ofService !== undefined) return ofService;
  return afterLoading(() =>
    reference.kind === 'id' ? directory.principal(reference.principalId) : directory.principalByPath(reference.path),
  );
}

async function afterLoading<T>(look: () => T | Missing | undefined): Promise<T | undefined> {
  const known = look();
  return known instanceof Missing ? untilLoaded<T | undefined>(known, look, () => undefined) : known;
}

function present(snapshot: PrincipalSnapshot | undefined, name: string): PrincipalSnapshot {
  if (snapshot === undefined) throw new KmsError('NO_SUCH_ENTITY', `There is no principal ${name}.`);
  if (snapshot.principal.deletedAt !== undefined)
    throw new KmsError('NO_SUCH_ENTITY', `The principal ${name} was deleted; its name and its id are never used again.`);
  return snapshot;
}

function unchangeable(path: string): KmsError {
  return new KmsError(
    'UNSUPPORTED_OPERATION',
    `${path} is built in: it can be neither changed nor deleted, and has no access tokens. The listeners of the server say who it is.`,
  );
}
