import { type RawAnswer, type RawClient, openRawClient } from '../e2e/raw-client.ts';
import type { Row } from '../../src/storage/store.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { commit } from '../keyring/open-keyring.ts';
import { type AccessService, type Newcomer, openAccessService } from './access-service.ts';
import type { Existing } from './every-call.ts';

/** A service with one of everything, and with things that a stranger must not be able to tell from nothing. */
export interface StrangerWorld extends AccessService {
  readonly existing: Existing;
  /** Alternatives to the values of `existing`, by field: what is absent, deleted, destroyed, corrupt, elsewhere. */
  readonly others: { readonly [Name in keyof Existing]?: Readonly<Record<string, string | Buffer>> };
  readonly owner: Newcomer;
  readonly stranger: Newcomer;
}

export async function openStrangerWorld(): Promise<StrangerWorld> {
  const world = await openAccessService();
  const { admin } = world;
  const owner = await world.newcomer('owner');
  const stranger = await world.newcomer('stranger');
  const deleted = await world.newcomer('deleted');
  await admin.access.putPrincipalPolicy({ principal: owner.path, policy_name: 'own', policy: anyPolicy });
  await admin.access.createGroup({ group_name: 'staff' });
  await admin.access.putGroupPolicy({ group_name: 'staff', policy_name: 'own', policy: anyPolicy });
  const revoked = await admin.access.createAccessToken({ principal: owner.path });
  await admin.access.revokeAccessToken({ token_id: revoked.token?.token_id ?? '' });

  const keyIds = { plain: '', disabled: '', pending: '', destroyed: '', corrupt: '' };
  const ciphertexts: Record<string, Buffer> = {};
  for (const name of Object.keys(keyIds) as (keyof typeof keyIds)[]) {
    const key_id = await world.newKey();
    keyIds[name] = key_id;
    ciphertexts[name] = (await admin.crypto.encrypt({ key_id, plaintext: Buffer.from(name) })).ciphertext_blob;
    await admin.keys.createAlias({ alias_name: `alias/${name}`, target_key_id: key_id });
  }
  const { key_material_id } = await admin.crypto.describeCiphertext({ ciphertext_blob: ciphertexts['plain'] ?? Buffer.alloc(0) });
  const order = { key_id: keyIds.plain, grantee_principal: owner.arn, operations: ['GRANT_OPERATION_DECRYPT' as const] };
  const grant = await admin.keys.createGrant(order);
  const ended = await admin.keys.createGrant({ ...order, name: 'ended' });
  await admin.keys.revokeGrant({ key_id: keyIds.plain, grant_id: ended.grant_id });

  await admin.keys.disableKey({ key_id: keyIds.disabled });
  await admin.keys.scheduleKeyDeletion({ key_id: keyIds.pending });
  await admin.access.deletePrincipal({ principal: deleted.path });
  await destroy(world, keyIds.destroyed);
  corrupt(world, (row) => row.kind === 'key' && row.keyId === keyIds.corrupt);
  await world.restart();

  const existing: Existing = {
    key_id: keyIds.plain,
    alias_name: 'alias/plain',
    principal: owner.path,
    grantee_principal: owner.arn,
    retiring_principal: owner.arn,
    grant_id: grant.grant_id,
    grant_token: grant.grant_token,
    token_id: owner.tokenId,
    group_name: 'staff',
    key_material_id,
    ciphertext_blob: ciphertexts['plain'] ?? Buffer.alloc(0),
  };
  const arn = (keyId: string, account = '000000000000') => `arn:aws:kms:us-east-1:${account}:key/${keyId}`;
  return Object.assign(world, {
    existing,
    owner,
    stranger,
    others: {
      key_id: {
        absent: absentId,
        disabled: keyIds.disabled,
        'pending deletion': keyIds.pending,
        destroyed: keyIds.destroyed,
        corrupt: keyIds.corrupt,
        'by ARN': arn(keyIds.plain),
        'absent by ARN': arn(absentId),
        'of another account': arn(keyIds.plain, '111111111111'),
      },
      alias_name: { absent: 'alias/absent', 'of a disabled key': 'alias/disabled', 'of a corrupt key': 'alias/corrupt' },
      principal: {
        absent: 'user/token/absent',
        'by ARN': owner.arn,
        deleted: deleted.path,
        'by id': owner.principalId,
        'absent by id': absentId,
        'deleted by id': deleted.principalId,
        'built in': 'user/local/administrator',
        itself: stranger.path,
      },
      grantee_principal: { absent: `${owner.arn}2`, deleted: deleted.arn },
      retiring_principal: { absent: `${owner.arn}2`, deleted: deleted.arn },
      grant_id: { absent: '0'.repeat(64), ended: ended.grant_id },
      grant_token: { ended: ended.grant_token },
      token_id: { absent: 'a'.repeat(16), revoked: revoked.token?.token_id ?? '', itself: stranger.tokenId },
      group_name: { absent: 'absent' },
      key_material_id: { absent: '0'.repeat(64) },
      ciphertext_blob: {
        'of an unknown backing key': altered(existing.ciphertext_blob, 2),
        altered: altered(existing.ciphertext_blob, -1),
        'of a disabled key': ciphertexts['disabled'] ?? Buffer.alloc(0),
        'of a destroyed key': ciphertexts['destroyed'] ?? Buffer.alloc(0),
        'of a corrupt key': ciphertexts['corrupt'] ?? Buffer.alloc(0),
      },
    },
  });
}

/** Answers of one caller, by path. */
export function answersTo(
  client: RawClient,
  requests: readonly { readonly path: string; readonly bytes: Buffer }[],
): Promise<readonly RawAnswer[]> {
  return Promise.all(requests.map(({ path, bytes }) => client.call(path, bytes, { timeoutMs: 20_000 })));
}

export function clientOf({ address }: { readonly address: string }, token: string): RawClient {
  return openRawClient({ address, token });
}

/** Everything that the store holds. */
export function contentsOf({ contents }: AccessService): readonly [number, string] {
  return [contents.counter, JSON.stringify([...contents.rows].toSorted(([a], [b]) => (a < b ? -1 : 1)))];
}

async function destroy({ service }: AccessService, text: string): Promise<void> {
  const keyId = parseKeyId(text);
  if (keyId === undefined) throw new Error('It is no key id.');
  const destroyKey = { keyId, createdAt: 1, materialCount: 1, deletionRequestedAt: 2, destroyedAt: 3 };
  await commit(service.dataPlane.keyring, { destroyKey });
}

/** As somebody would who can write the store and has no root key. */
function corrupt({ contents }: AccessService, isMeant: (row: Row) => boolean): void {
  for (const [name, row] of contents.rows)
    if (isMeant(row) && 'mac' in row) contents.rows.set(name, { ...row, mac: Buffer.alloc(row.mac.length) });
}

function altered(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
  return copy;
}

export const absentId = '00000000-0000-4000-8000-000000000000';
const anyPolicy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:ListKeys","Resource":"*"}]}';
