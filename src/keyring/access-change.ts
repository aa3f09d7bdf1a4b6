import type { AccessToken } from '../access/access-token.ts';
import type { Grant } from '../access/grant.ts';
import type { Group } from '../access/group.ts';
import type { Principal } from '../access/principal.ts';
import type { Change, Row } from '../storage/store.ts';
import { encodeAccessToken } from './access-token-record.ts';
import { encodeGrant, grantIndexes } from './grant-record.ts';
import { encodeGroup } from './group-record.ts';
import { encodePrincipal } from './principal-record.ts';
import type { Reading } from './reading.ts';
import type { RowSeal } from './row-seal.ts';

/** What a decision changes about who may do what. */
export interface AccessChange {
  readonly insertPrincipal?: Principal;
  readonly updatePrincipal?: Principal;
  readonly insertAccessToken?: AccessToken;
  readonly updateAccessToken?: AccessToken;
  /** Ids. */
  readonly deleteAccessTokens?: readonly string[];
  readonly insertGroup?: Group;
  readonly updateGroup?: Group;
  /** The name of a group that nobody belongs to: whoever did could not call any more. */
  readonly deleteGroup?: string;
  readonly insertGrant?: Grant;
  readonly deleteGrants?: readonly GrantPlace[];
}

/** What a grant is found by; without its grantee when its record is not authentic: then nobody can tell whose it was. */
export type GrantPlace = Pick<Grant, 'grantId' | 'keyId'> & Partial<Pick<Grant, 'granteeId'>>;

/** The rows of a change that are to be inserted and updated, sealed. */
export function accessRows(change: AccessChange, reading: Reading, seal: RowSeal): AccessRows {
  const insert: Row[] = [];
  const update: Row[] = [];
  if (change.insertPrincipal) insert.push(principalRow(change.insertPrincipal, reading, seal));
  if (change.updatePrincipal) update.push(principalRow(change.updatePrincipal, reading, seal));
  if (change.insertAccessToken) insert.push(accessTokenRow(change.insertAccessToken, reading, seal));
  if (change.updateAccessToken) update.push(accessTokenRow(change.updateAccessToken, reading, seal));
  if (change.insertGroup) insert.push(groupRow(change.insertGroup, reading, seal));
  if (change.updateGroup) update.push(groupRow(change.updateGroup, reading, seal));
  if (change.insertGrant) insert.push(grantRow(change.insertGrant, seal));
  return { insert, update };
}

interface AccessRows {
  readonly insert: readonly Row[];
  readonly update: readonly Row[];
}

export function accessDeletions({ deleteAccessTokens, deleteGroup, deleteGrants }: AccessChange): Change {
  return {
    ...(deleteAccessTokens ? { deleteAccessTokens } : {}),
    ...(deleteGroup === undefined ? {} : { deleteGroups: [deleteGroup] }),
    ...(deleteGrants ? { deleteGrants: deleteGrants.map(({ grantId }) => grantId) } : {}),
  };
}

function principalRow(principal: Principal, reading: Reading, seal: RowSeal): Row {
  const { principalId, path, subject = null } = principal;
  const record = encodePrincipal(principal, reading.record('principal', principalId));
  return { kind: 'principal', principalId, path, subject, ...seal.seal('principal', principalId, record) };
}

function accessTokenRow(token: AccessToken, reading: Reading, seal: RowSeal): Row {
  const { tokenId, principalId, expiresAt } = token;
  const record = encodeAccessToken(token, reading.record('access-token', tokenId));
  return { kind: 'access-token', tokenId, principalId, expiresAt, ...seal.seal('access-token', tokenId, record) };
}

function groupRow(group: Group, reading: Reading, seal: RowSeal): Row {
  const record = encodeGroup(group, reading.record('group', group.name));
  return { kind: 'group', groupName: group.name, ...seal.seal('group', group.name, record) };
}

function grantRow(grant: Grant, seal: RowSeal): Row {
  return { kind: 'grant', ...grantIndexes(grant), ...seal.seal('grant', grant.grantId, encodeGrant(grant)) };
}
