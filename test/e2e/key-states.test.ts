import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Latchkey } from '../../src/client/connect.ts';
import { loadProtocol } from '../../src/client/protocol.ts';
import { type KeyOperation, allowed } from '../../src/keys/key-state.ts';
import { everythingAbout, stateOfKey } from './everything-about.ts';
import { type ImportParameters, importMaterial, importRequest, newExternalKey, newMaterial, parametersFor } from './importing.ts';
import { refusal } from './refusal.ts';
import { newKeyId, useServer } from './using-server.ts';

/**
 * Every cell of the table of states, walked through the API. Expectations are those of the design, not of src/: Y allowed,
 * D KEY_DISABLED, P KEY_PENDING_DELETION, I KEY_PENDING_IMPORT, X INVALID_STATE, U UNSUPPORTED_OPERATION, . cannot be.
 */
const under = useServer();
const reasons = {
  D: 'KEY_DISABLED',
  P: 'KEY_PENDING_DELETION',
  I: 'KEY_PENDING_IMPORT',
  X: 'INVALID_STATE',
  U: 'UNSUPPORTED_OPERATION',
} as const;

/** The columns: origin and state. `new` waits for its first material, `gone` for the same again. */
const columns = [
  { origin: 'AWS_KMS', column: 'enabled', state: 'ENABLED' },
  { origin: 'AWS_KMS', column: 'disabled', state: 'DISABLED' },
  { origin: 'AWS_KMS', column: 'deleting', state: 'PENDING_DELETION' },
  { origin: 'EXTERNAL', column: 'enabled', state: 'ENABLED' },
  { origin: 'EXTERNAL', column: 'disabled', state: 'DISABLED' },
  { origin: 'EXTERNAL', column: 'deleting', state: 'PENDING_DELETION' },
  { origin: 'EXTERNAL', column: 'new', state: 'PENDING_IMPORT' },
  { origin: 'EXTERNAL', column: 'gone', state: 'PENDING_IMPORT' },
] as const;
type Column = (typeof columns)[number];

interface Row {
  /** The method, and what is special about the call. */
  readonly name: string;
  readonly operation: KeyOperation;
  /** A letter per column of each origin. */
  readonly awsKms: string;
  readonly external: string;
  readonly call: (subject: Subject, client: Latchkey) => Promise<unknown>;
}

/** A key in a state, and what was made of it before it got there. */
interface Subject {
  readonly key_id: string;
  /** Empty for a key that never had material. */
  readonly ciphertext: Buffer;
  readonly alias: string;
  /** A backing key that is not the current one, if it has one. */
  readonly olderMaterialId: string;
  /** Empty for a key that never had material. */
  readonly grantId: string;
  readonly importParameters?: ImportParameters;
}

let other: string;
let otherCiphertext: Buffer;
beforeAll(async () => {
  other = await under.newKey('other');
  otherCiphertext = (await under.latchkey.crypto.encrypt({ key_id: other, plaintext })).ciphertext_blob;
});
const plaintext = Buffer.from('x');

const rows: readonly Row[] = [
  // CryptoService                                     E D P                 E D P new gone
  row('Encrypt', 'use', 'Y D P', 'Y D P I I', ({ key_id }, { crypto }) => crypto.encrypt({ key_id, plaintext })),
  row('Decrypt', 'use', 'Y D P', 'Y D P . I', ({ ciphertext }, { crypto }) => crypto.decrypt({ ciphertext_blob: ciphertext })),
  row('Decrypt, key named', 'use', 'Y D P', 'Y D P . I', ({ key_id, ciphertext }, { crypto }) =>
    crypto.decrypt({ key_id, ciphertext_blob: ciphertext }),
  ),
  row('ReEncrypt, from it', 'use', 'Y D P', 'Y D P . I', ({ ciphertext }, { crypto }) =>
    crypto.reEncrypt({ ciphertext_blob: ciphertext, destination_key_id: other }),
  ),
  row('ReEncrypt, to it', 'use', 'Y D P', 'Y D P I I', ({ key_id }, { crypto }) =>
    crypto.reEncrypt({ ciphertext_blob: otherCiphertext, destination_key_id: key_id }),
  ),
  row('GenerateDataKey', 'use', 'Y D P', 'Y D P I I', ({ key_id }, { crypto }) =>
    crypto.generateDataKey({ key_id, key_spec: 'DATA_KEY_SPEC_AES_256' }),
  ),
  row('GenerateDataKeyWithoutPlaintext', 'use', 'Y D P', 'Y D P I I', ({ key_id }, { crypto }) =>
    crypto.generateDataKeyWithoutPlaintext({ key_id, number_of_bytes: 64 }),
  ),
  row('DescribeCiphertext', 'read', 'Y Y Y', 'Y Y Y . Y', ({ ciphertext }, { crypto }) =>
    crypto.describeCiphertext({ ciphertext_blob: ciphertext }),
  ),
  row('BatchEncrypt', 'use', 'Y D P', 'Y D P I I', ({ key_id }, { crypto }) =>
    crypto.batchEncrypt({ key_id, plaintexts: [plaintext, plaintext] }),
  ),
  row('BatchDecrypt', 'use', 'Y D P', 'Y D P . I', ({ key_id, ciphertext }, { crypto }) =>
    crypto.batchDecrypt({ key_id, ciphertext_blobs: [ciphertext] }),
  ),
  row('BatchReEncrypt, from it', 'use', 'Y D P', 'Y D P . I', ({ key_id, ciphertext }, { crypto }) =>
    crypto.batchReEncrypt({ source_key_id: key_id, ciphertext_blobs: [ciphertext], destination_key_id: other }),
  ),
  row('BatchReEncrypt, to it', 'use', 'Y D P', 'Y D P I I', ({ key_id }, { crypto }) =>
    crypto.batchReEncrypt({ ciphertext_blobs: [otherCiphertext], destination_key_id: key_id }),
  ),
  row('BatchGenerateDataKey', 'use', 'Y D P', 'Y D P I I', ({ key_id }, { crypto }) =>
    crypto.batchGenerateDataKey({ key_id, number_of_bytes: 16, count: 2 }),
  ),
  // Reading
  row('DescribeKey', 'read', 'Y Y Y', 'Y Y Y Y Y', ({ alias }, { keys }) => keys.describeKey({ key_id: alias })),
  row('ListKeys', 'read', 'Y Y Y', 'Y Y Y Y Y', async ({ key_id }, { keys }) => {
    const listed = await keys.listKeys({ page_size: 1000 });
    expect(listed.keys.map((key) => key.key_id)).toContain(key_id);
  }),
  row('ListAliases', 'read', 'Y Y Y', 'Y Y Y Y Y', async ({ key_id, alias }, { keys }) => {
    const { aliases } = await keys.listAliases({ key_id });
    expect(aliases.map(({ alias_name }) => alias_name)).toContain(alias);
  }),
  row('ListResourceTags', 'read', 'Y Y Y', 'Y Y Y Y Y', ({ key_id }, { keys }) => keys.listResourceTags({ key_id })),
  row('ListKeyRotations', 'read', 'Y Y Y', 'Y Y Y Y Y', ({ key_id }, { keys }) => keys.listKeyRotations({ key_id })),
  row('GetKeyRotationStatus', 'read', 'Y Y Y', 'Y Y Y Y Y', ({ key_id }, { keys }) => keys.getKeyRotationStatus({ key_id })),
  row('GetKeyLastUsage', 'read', 'Y Y Y', 'Y Y Y Y Y', ({ key_id }, { keys }) => keys.getKeyLastUsage({ key_id })),
  // Aliases
  row('CreateAlias', 'create-alias', 'Y Y P', 'Y Y P Y Y', ({ key_id }, { keys }) =>
    keys.createAlias({ alias_name: newAliasName(), target_key_id: key_id }),
  ),
  row('UpdateAlias, to it', 'update-alias', 'Y Y P', 'Y Y P Y Y', async ({ key_id }, { keys }) => {
    const alias_name = newAliasName();
    await keys.createAlias({ alias_name, target_key_id: await newKeyId(under.latchkey) });
    await keys.updateAlias({ alias_name, target_key_id: key_id });
  }),
  row('UpdateAlias, from it', 'update-alias', 'Y Y Y', 'Y Y Y Y Y', async ({ alias }, { keys }) =>
    keys.updateAlias({ alias_name: alias, target_key_id: await newKeyId(under.latchkey) }),
  ),
  row('DeleteAlias', 'delete-alias', 'Y Y Y', 'Y Y Y Y Y', ({ alias }, { keys }) => keys.deleteAlias({ alias_name: alias })),
  // State
  row('EnableKey', 'enable', 'Y Y P', 'Y Y P I I', ({ key_id }, { keys }) => keys.enableKey({ key_id })),
  row('DisableKey', 'disable', 'Y Y P', 'Y Y P I I', ({ key_id }, { keys }) => keys.disableKey({ key_id })),
  row('ScheduleKeyDeletion', 'schedule-deletion', 'Y Y P', 'Y Y P Y Y', ({ key_id }, { keys }) =>
    keys.scheduleKeyDeletion({ key_id }),
  ),
  row('CancelKeyDeletion', 'cancel-deletion', 'X X Y', 'X X Y X X', ({ key_id }, { keys }) => keys.cancelKeyDeletion({ key_id })),
  // Rotation
  row('EnableKeyRotation', 'rotate', 'Y D P', 'U U U U U', ({ key_id }, { keys }) => keys.enableKeyRotation({ key_id })),
  row('DisableKeyRotation', 'rotate', 'Y D P', 'U U U U U', ({ key_id }, { keys }) => keys.disableKeyRotation({ key_id })),
  row('RotateKeyOnDemand', 'rotate', 'Y D P', 'X D P I I', ({ key_id }, { keys }) => keys.rotateKeyOnDemand({ key_id })),
  row('SetKeyMaterialCompromised', 'annotate', 'Y Y P', 'Y Y P X Y', ({ key_id, olderMaterialId }, { keys }) =>
    keys.setKeyMaterialCompromised({ key_id, key_material_id: olderMaterialId || '0'.repeat(64), compromised: true }),
  ),
  // Import
  row('GetParametersForImport', 'import', 'U U U', 'Y Y P Y Y', ({ key_id }, client) => parametersFor(client, key_id)),
  row('ImportKeyMaterial', 'import', 'U U U', 'Y Y P Y Y', async (subject, client) => {
    const { key_id, importParameters } = subject;
    const parameters = importParameters ?? (await parametersFor(client, key_id));
    const changes = subject.ciphertext.length === 0 ? {} : newMaterial;
    await client.keys.importKeyMaterial(importRequest(key_id, parameters, randomBytes(32), changes));
  }),
  row('DeleteImportedKeyMaterial', 'delete-material', 'U U U', 'Y Y Y Y Y', ({ key_id }, { keys }) =>
    keys.deleteImportedKeyMaterial({ key_id }),
  ),
  // What is said about a key
  row('TagResource', 'annotate', 'Y Y P', 'Y Y P Y Y', ({ key_id }, { keys }) =>
    keys.tagResource({ key_id, tags: [{ tag_key: 'a', tag_value: 'b' }] }),
  ),
  row('UntagResource', 'annotate', 'Y Y P', 'Y Y P Y Y', ({ key_id }, { keys }) => keys.untagResource({ key_id, tag_keys: ['a'] })),
  row('UpdateKeyDescription', 'annotate', 'Y Y P', 'Y Y P Y Y', ({ key_id }, { keys }) =>
    keys.updateKeyDescription({ key_id, description: 'new' }),
  ),
  row('SetDeletionProtection', 'annotate', 'Y Y P', 'Y Y P Y Y', ({ key_id }, { keys }) =>
    keys.setDeletionProtection({ key_id, deletion_protection: true }),
  ),
  // Who may
  row('GetKeyPolicy', 'read', 'Y Y Y', 'Y Y Y Y Y', ({ key_id }, { keys }) => keys.getKeyPolicy({ key_id })),
  row('ListKeyPolicies', 'read', 'Y Y Y', 'Y Y Y Y Y', ({ key_id }, { keys }) => keys.listKeyPolicies({ key_id })),
  row('PutKeyPolicy', 'put-policy', 'Y Y Y', 'Y Y Y Y Y', async ({ key_id }, { keys }) => {
    const { policy } = await keys.getKeyPolicy({ key_id });
    await keys.putKeyPolicy({ key_id, policy });
  }),
  row('CreateGrant', 'create-grant', 'Y D P', 'Y D P I I', ({ key_id }, client) => newGrant(client, key_id)),
  row('ListGrants', 'read', 'Y Y Y', 'Y Y Y Y Y', async ({ key_id, grantId }, { keys }) => {
    const { grants } = await keys.listGrants({ key_id });
    expect(grants.map(({ grant_id }) => grant_id)).toEqual(grantId === '' ? [] : [grantId]);
  }),
  row('ListRetirableGrants', 'read', 'Y Y Y', 'Y Y Y Y Y', async ({ grantId }, { keys }) => {
    const { grants } = await keys.listRetirableGrants({ retiring_principal: administrator, page_size: 1000 });
    if (grantId !== '') expect(grants.map(({ grant_id }) => grant_id)).toContain(grantId);
  }),
  row('RetireGrant', 'end-grant', 'Y Y Y', 'Y Y Y . Y', ({ key_id, grantId }, { keys }) =>
    keys.retireGrant({ key_id, grant_id: grantId }),
  ),
  row('RevokeGrant', 'end-grant', 'Y Y Y', 'Y Y Y . Y', ({ key_id, grantId }, { keys }) =>
    keys.revokeGrant({ key_id, grant_id: grantId }),
  ),
];

/** A principal that every service has. */
const administrator = 'arn:aws:iam::000000000000:user/local/administrator';

async function newGrant({ keys }: Latchkey, key_id: string): Promise<string> {
  const { grant_id } = await keys.createGrant({
    key_id,
    grantee_principal: administrator,
    retiring_principal: administrator,
    operations: ['GRANT_OPERATION_DESCRIBE_KEY'],
  });
  return grant_id;
}

// oxlint-disable-next-line max-params -- one line of a table
function row(name: string, operation: KeyOperation, awsKms: string, external: string, call: Row['call']): Row {
  return { name, operation, awsKms, external, call };
}

const cells = columns.flatMap((column) =>
  rows.flatMap(({ name, operation, awsKms, external, call }) => {
    const [letters, offset] = column.origin === 'AWS_KMS' ? [awsKms, 0] : [external, 3];
    const letter = letters.split(' ')[columns.indexOf(column) - offset] ?? '?';
    return letter === '.' ? [] : [{ ...column, name, operation, letter, call }];
  }),
);

describe.each(columns)('a key of origin $origin that is $column', (column) => {
  const mine = cells.filter((cell) => cell.origin === column.origin && cell.column === column.column);
  // Calls that are refused, or only read, change nothing: they share a key.
  let shared: Subject;
  beforeAll(async () => {
    shared = await subjectIn(column);
  });

  it('is in the state that the column says', async () => {
    expect(await stateOfKey(under.latchkey, shared.key_id)).toBe(column.state);
  });

  it.each(mine.filter(({ letter }) => letter === 'Y'))('allows $name', async ({ operation, call }) => {
    const subject = operation === 'read' ? shared : await subjectIn(column);
    await expect(call(subject, under.latchkey)).resolves.not.toBeInstanceOf(Error);
  });

  const refused = mine.filter(({ letter }) => letter !== 'Y');
  it.runIf(refused.length > 0)('refuses the others for the right reason and changes nothing', async () => {
    const before = await everythingAbout(under.latchkey, shared.key_id);
    for (const { name, letter, call } of refused) {
      const { reason, code } = await refusal(call(shared, under.latchkey));
      expect([reason, code], name).toEqual([reasons[letter as keyof typeof reasons], 'FAILED_PRECONDITION']);
      expect(await everythingAbout(under.latchkey, shared.key_id), name).toEqual(before);
    }
  });
});

it('leaves out no operation of the table in src/ and no call of the API', () => {
  expect(new Set(rows.map(({ operation }) => operation))).toEqual(new Set(Object.keys(allowed)));
  const { keys, crypto } = loadProtocol();
  const namesNoKey = ['CreateKey', 'GenerateRandom', 'Exchange'];
  const walked = rows.map(({ name }) => name.split(',')[0]);
  expect(new Set([...walked, ...namesNoKey])).toEqual(new Set([...Object.keys(keys), ...Object.keys(crypto)]));
  for (const { name, awsKms, external } of rows) {
    expect([awsKms, external], name).toEqual([
      expect.stringMatching(/^([YDPIXU] ){2}[YDPIXU]$/),
      expect.stringMatching(/^([YDPIXU] ){3}[YDPIXU.] [YDPIXU]$/),
    ]);
  }
});

it('makes a key Disabled by cancelling its deletion, also one that was Enabled', async () => {
  const { key_id } = await subjectIn(columns[2]);
  await under.latchkey.keys.cancelKeyDeletion({ key_id });
  expect(await stateOfKey(under.latchkey, key_id)).toBe('DISABLED');
});

it('shows rotation as off while deletion is pending, and as it was afterwards', async () => {
  const { keys } = under.latchkey;
  const key_id = await under.newKey();
  await keys.enableKeyRotation({ key_id, rotation_period_in_days: 90 });
  const before = await keys.getKeyRotationStatus({ key_id });
  await keys.scheduleKeyDeletion({ key_id });
  const off = { key_rotation_enabled: false, rotation_period_in_days: 0, next_rotation_date: null };
  expect(await keys.getKeyRotationStatus({ key_id })).toEqual({ ...before, ...off });
  await keys.cancelKeyDeletion({ key_id });
  expect(await keys.getKeyRotationStatus({ key_id })).toEqual(before);
});

it('promotes imported material that is pending rotation while the key is Enabled, and only then', async () => {
  const { keys } = under.latchkey;
  const key_id = await newExternalKey(under.latchkey);
  const first = randomBytes(32);
  await importMaterial(under.latchkey, key_id, first);
  const pending = await importMaterial(under.latchkey, key_id, randomBytes(32), newMaterial);
  const refusedWith = async () => (await refusal(keys.rotateKeyOnDemand({ key_id }))).reason;
  await keys.disableKey({ key_id });
  expect(await refusedWith()).toBe('KEY_DISABLED');
  await keys.enableKey({ key_id });
  await keys.scheduleKeyDeletion({ key_id });
  expect(await refusedWith()).toBe('KEY_PENDING_DELETION');
  await keys.cancelKeyDeletion({ key_id });
  await keys.enableKey({ key_id });
  await keys.deleteImportedKeyMaterial({ key_id });
  expect(await refusedWith()).toBe('KEY_PENDING_IMPORT');
  await importMaterial(under.latchkey, key_id, first);
  expect((await keys.rotateKeyOnDemand({ key_id })).key_material_id).toBe(pending);
});

let aliases = 0;
function newAliasName(): string {
  aliases += 1;
  return `alias/states/${aliases}`;
}

/** A new key in that state, with an alias, and a ciphertext, an older backing key and a grant where it can have them. */
async function subjectIn({ origin, column }: Column): Promise<Subject> {
  const { keys, crypto } = under.latchkey;
  const key_id = origin === 'AWS_KMS' ? await under.newKey() : await newExternalKey(under.latchkey);
  const alias = newAliasName();
  await keys.createAlias({ alias_name: alias, target_key_id: key_id });
  const tags = [{ tag_key: 'a', tag_value: 'before' }];
  await keys.tagResource({ key_id, tags });
  if (column === 'new') return { key_id, alias, ciphertext: Buffer.alloc(0), olderMaterialId: '', grantId: '' };

  const current = randomBytes(32);
  if (origin === 'EXTERNAL') {
    await importMaterial(under.latchkey, key_id, randomBytes(32));
    await importMaterial(under.latchkey, key_id, current, newMaterial);
  }
  const { ciphertext_blob, key_material_id } = await crypto.encrypt({ key_id, plaintext });
  await keys.rotateKeyOnDemand({ key_id });
  const grantId = await newGrant(under.latchkey, key_id);
  const subject = { key_id, alias, ciphertext: ciphertext_blob, olderMaterialId: key_material_id, grantId };
  const importParameters = await importParametersBefore({ origin, column }, key_id);
  if (column === 'disabled') await keys.disableKey({ key_id });
  if (column === 'deleting') await keys.scheduleKeyDeletion({ key_id });
  if (column === 'gone') await keys.deleteImportedKeyMaterial({ key_id });
  return importParameters === undefined ? subject : { ...subject, importParameters };
}

/** What an import needs where its key cannot give it: a token from before, or none that is one. */
async function importParametersBefore(
  { origin, column }: Pick<Column, 'origin' | 'column'>,
  key_id: string,
): Promise<ImportParameters | undefined> {
  if (origin === 'EXTERNAL') return column === 'deleting' ? parametersFor(under.latchkey, key_id) : undefined;
  foreignParameters ??= await parametersFor(under.latchkey, await newExternalKey(under.latchkey));
  return foreignParameters;
}
let foreignParameters: ImportParameters | undefined;
