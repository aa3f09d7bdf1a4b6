import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MethodDefinition } from '@grpc/proto-loader';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { loadProtocol } from '../../src/grpc/protocol.ts';

/** A call of the API, as the descriptors declare it. */
export interface ApiCall {
  /** `KeyService/CreateKey` */
  readonly path: string;
  readonly name: string;
  readonly isStream: boolean;
  readonly fields: readonly Field[];
  serialize(request: object): Buffer;
  deserialize(response: Buffer): object;
}

interface Field {
  readonly name: string;
  readonly type: string;
}

/** What there is in the service that the calls are sent to. */
export interface Existing {
  readonly key_id: string;
  readonly alias_name: string;
  readonly principal: string;
  /** These by ARN. */
  readonly grantee_principal: string;
  readonly retiring_principal: string;
  readonly grant_id: string;
  readonly grant_token: string;
  readonly token_id: string;
  readonly group_name: string;
  readonly key_material_id: string;
  readonly ciphertext_blob: Buffer;
}

/** Every call of every service of the package, from the descriptors that buf made: one that is added later is among them. */
export function everyCall(): readonly ApiCall[] {
  const set = descriptor.FileDescriptorSet.toObject(descriptor.FileDescriptorSet.decode(readFileSync(descriptorsPath))) as Files;
  return set.file
    .filter((file) => file.package === 'latchkey.v1')
    .flatMap((file) => file.service ?? [])
    .flatMap((service) => service.method.map((method) => apiCall(service.name, method)));
}

/** A request that is right but for who sends it. */
export function plausibleRequest({ name, fields }: ApiCall, existing: Existing): Record<string, unknown> {
  const values = fields.map((field) => [field.name, valueOf(name, field, existing)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function valueOf(call: string, { name, type }: Field, existing: Existing): unknown {
  const special = { ...ofEvery(existing), ...ofCall(existing)[call] };
  if (name in special) return special[name];
  if (type === 'TYPE_BOOL') return false;
  if (name.endsWith('_crc32c') || name.includes('item_context')) return undefined;
  throw new Error(`${call}: say in every-call.ts what ${name} is filled with.`);
}

/** By the names of fields; `undefined` leaves one out. */
function ofEvery(existing: Existing): Values {
  const { key_id, ciphertext_blob } = existing;
  return {
    ...existing,
    source_key_id: key_id,
    destination_key_id: key_id,
    target_key_id: key_id,
    grant_tokens: [existing.grant_token],
    grant_token: undefined,
    ciphertext_blobs: [ciphertext_blob, ciphertext_blob],
    plaintext: Buffer.from('x'),
    plaintexts: [Buffer.from('x'), Buffer.from('y')],
    encryption_context: {},
    source_encryption_context: {},
    destination_encryption_context: {},
    number_of_bytes: 32,
    count: 2,
    page_size: 10,
    page_token: '',
    key_states: [],
    tags: [{ tag_key: 'team', tag_value: 'payments' }],
    tag_keys: ['team'],
    description: 'plausible',
    client_token: 'plausible',
    operations: ['GRANT_OPERATION_DECRYPT'],
    constraints: undefined,
    name: 'plausible',
    policy: keyPolicy,
    policy_name: 'own',
    wrapping_algorithm: 'ALGORITHM_SPEC_RSAES_OAEP_SHA_256',
    wrapping_key_spec: 'WRAPPING_KEY_SPEC_RSA_2048',
    import_token: Buffer.alloc(300, 1),
    encrypted_key_material: Buffer.alloc(256, 1),
    expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE',
    import_type: undefined,
    valid_to: undefined,
    key_spec: undefined,
    key_usage: undefined,
    origin: undefined,
    expected_current_key_material_id: existing.key_material_id,
    pending_window_in_days: 7,
    rotation_period_in_days: 90,
    source: undefined,
    subject: '',
    ready_policy_names: ['auditor'],
    group_names: [existing.group_name],
    lifetime_seconds: 3600,
    action: 'kms:Decrypt',
    resource: '',
    condition_values: {},
  };
}

/** Where a field of one call means something else. */
function ofCall({ grant_id }: Existing): Readonly<Record<string, Values>> {
  return {
    CreateKey: { enable_key_rotation: true, deletion_protection: true },
    CreateAlias: { alias_name: 'alias/plausible' },
    CreateGroup: { group_name: 'plausible' },
    ListGrants: { grant_id, grantee_principal: '' },
    ListKeys: { tags: [] },
    GetKeyPolicy: { policy_name: 'default' },
    PutKeyPolicy: { policy_name: 'default' },
    PutPrincipalPolicy: { policy: identityPolicy },
    PutGroupPolicy: { policy: identityPolicy },
    AttachPrincipalPolicy: { policy_name: 'auditor' },
    DetachPrincipalPolicy: { policy_name: 'auditor' },
    AttachGroupPolicy: { policy_name: 'auditor' },
    DetachGroupPolicy: { policy_name: 'auditor' },
  };
}

function apiCall(serviceName: string, { name, clientStreaming = false }: MethodOf): ApiCall {
  const definition: MethodDefinition<object, object> | undefined = protocol.service(`latchkey.v1.${serviceName}`)[name];
  if (definition === undefined) throw new Error(`${name} is in the descriptors and not in proto/.`);
  const { field: fields } = definition.requestType.type as { readonly field: readonly Field[] };
  return {
    path: `${serviceName}/${name}`,
    name,
    isStream: clientStreaming,
    fields,
    serialize: (request) => definition.requestSerialize(request),
    deserialize: (response) => definition.responseDeserialize(response),
  };
}

type Values = Readonly<Record<string, unknown>>;

interface Files {
  readonly file: readonly { readonly package?: string; readonly service?: readonly ServiceOf[] }[];
}

interface ServiceOf {
  readonly name: string;
  readonly method: readonly MethodOf[];
}

interface MethodOf {
  readonly name: string;
  readonly clientStreaming?: boolean;
}

const protocol = loadProtocol();
const descriptorsPath = join(import.meta.dirname, '../../build/descriptors.binpb');
const trust = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' };
const keyPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
const identityPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }],
});
