import type { ControlPlane } from '../control-plane/control-plane.ts';
import { type CreateKeyOrder, createKey } from '../control-plane/create-key.ts';
import { describeKey } from '../control-plane/describe-key.ts';
import { disableKey } from '../control-plane/disable-key.ts';
import { enableKey } from '../control-plane/enable-key.ts';
import { listKeys } from '../control-plane/list-keys.ts';
import { type NewKeyPolicy, keyPolicyWarnings } from '../control-plane/put-key-policy.ts';
import { updateKeyDescription } from '../control-plane/update-key-description.ts';
import { invalidField } from '../errors.ts';
import type { CreateKeyRequest__Output } from '../generated/latchkey/v1/CreateKeyRequest.ts';
import type { ArnScope } from '../keys/arn.ts';
import { parseKeyReference, parseManagedKey } from '../keys/key-reference.ts';
import { keyOrigins, keySpecs, keyUsages } from '../keys/key-spec.ts';
import { keyStates } from '../keys/key-state.ts';
import { rotationPeriod } from '../keys/rotation.ts';
import type { CallFacts } from '../permission/call-facts.ts';
import type { Permission } from '../permission/permission.ts';
import type { KeyServiceMethods } from './service-methods.ts';
import { bypassAction, bypassValues, newKeyPolicy, policyWarnings } from './key-policy-messages.ts';
import { keyListEntry, keyMetadata, keyUses, lastingMetadata, timestamp } from './messages.ts';
import {
  parseChoice,
  parseDays,
  parseDescription,
  parseOptionalClientToken,
  parsePage,
  parseRequiredChoice,
  parseTagList,
} from './requests.ts';

export function keyMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKey(text, 'key_id', scope);
  return {
    CreateKey: async (request, { permission }) => {
      const order = createKeyOrder(request);
      const policy = newKeyPolicy(request, permission);
      requireMayCreate(order, permission, { policy, facts: createKeyFacts(order, request) });
      const createdBy = permission.identity.who.principal.principalId;
      const created = await createKey({ ...order, createdBy, ...(policy && { policy }) }, plane);
      const mayLook = !created.isRepeated || (await permission.forLists().mayDescribe(created.key));
      return {
        key_metadata: mayLook ? keyMetadata(created, scope, plane.clock.steadyNow()) : lastingMetadata(created, scope),
        policy_warnings: policy === undefined ? [] : policyWarnings(keyPolicyWarnings(policy.text, scope)),
      };
    },
    DescribeKey: async ({ key_id }, { permission }) => {
      const reference = parseKeyReference(key_id, 'key_id', scope);
      const facts = reference.kind === 'alias' ? { requestAlias: reference.aliasName } : {};
      const { keyId } = await permission.managedKey('kms:DescribeKey', reference, facts);
      const found = await describeKey(keyId, plane);
      return { key_metadata: keyMetadata(found, scope, plane.clock.steadyNow()), uses: keyUses(found.used) };
    },
    GetKeyLastUsage: async ({ key_id }, { permission }) => {
      const { keyId } = await permission.managedKey('kms:GetKeyLastUsage', managed(key_id));
      const { key, arn, used } = await describeKey(keyId, plane);
      return {
        key_arn: arn,
        key_last_usage: used.uses ? { timestamp: timestamp(used.uses.lastUsedAt) } : null,
        key_creation_date: timestamp(key.createdAt),
        tracking_start_date: timestamp(used.since),
      };
    },
    ListKeys: async (request, { permission }) => {
      permission.onAccount('kms:ListKeys');
      const states = [...new Set(request.key_states)].map((state) =>
        parseRequiredChoice(state, { field: 'key_states', prefix: 'KEY_STATE', choices: keyStates }),
      );
      const { items, nextPageToken } = await listKeys(
        { ...parsePage(request), states, tags: parseTagList(request.tags, 0), ...permission.forLists() },
        plane,
      );
      const now = plane.clock.steadyNow();
      return { keys: items.map((listed) => keyListEntry(listed, scope, now)), next_page_token: nextPageToken };
    },
    UpdateKeyDescription: async ({ key_id, description }, { permission }) => {
      const text = parseDescription(description);
      const { keyId } = await permission.managedKey('kms:UpdateKeyDescription', managed(key_id));
      await updateKeyDescription(keyId, text, plane);
      return {};
    },
    EnableKey: async ({ key_id }, { permission }) => {
      const { keyId } = await permission.managedKey('kms:EnableKey', managed(key_id));
      await enableKey(keyId, plane);
      return {};
    },
    DisableKey: async ({ key_id }, { permission }) => {
      const { keyId } = await permission.managedKey('kms:DisableKey', managed(key_id));
      await disableKey(keyId, plane);
      return {};
    },
  } satisfies Partial<KeyServiceMethods>;
}

function createKeyOrder(request: CreateKeyRequest__Output): CreateKeyOrder {
  return {
    description: parseDescription(request.description),
    keySpec: parseChoice(request.key_spec, {
      field: 'key_spec',
      prefix: 'KEY_SPEC',
      choices: keySpecs,
      fallback: 'SYMMETRIC_DEFAULT',
    }),
    keyUsage: parseChoice(request.key_usage, {
      field: 'key_usage',
      prefix: 'KEY_USAGE_TYPE',
      choices: keyUsages,
      fallback: 'ENCRYPT_DECRYPT',
    }),
    origin: parseChoice(request.origin, { field: 'origin', prefix: 'ORIGIN_TYPE', choices: keyOrigins, fallback: 'AWS_KMS' }),
    tags: parseTagList(request.tags, 0),
    rotationPeriodDays: rotationPeriodDays(request),
    deletionProtected: request.deletion_protection,
    clientToken: parseOptionalClientToken(request.client_token),
  };
}

/** What a key has from the start takes what giving it later takes: else making keys would be a way around. */
function requireMayCreate(
  { tags, rotationPeriodDays: periodDays, deletionProtected }: CreateKeyOrder,
  permission: Permission,
  { policy, facts }: { readonly policy: NewKeyPolicy | undefined; readonly facts: CallFacts },
): void {
  permission.onAccount('kms:CreateKey', '*', facts);
  if (tags.length > 0) permission.onNewKey('kms:TagResource', facts);
  if (periodDays !== undefined) permission.onNewKey('kms:EnableKeyRotation', facts);
  if (deletionProtected) permission.onNewKey('kms:SetDeletionProtection', facts);
  if (policy !== undefined && policy.mayReplace === undefined) permission.onNewKey(bypassAction, facts);
}

function createKeyFacts(order: CreateKeyOrder, request: CreateKeyRequest__Output): CallFacts {
  const { tags, keySpec, keyUsage, origin, rotationPeriodDays: periodDays } = order;
  return {
    tags,
    values: {
      'kms:KeySpec': keySpec,
      'kms:KeyUsage': keyUsage,
      'kms:KeyOrigin': origin,
      ...(periodDays === undefined ? {} : { 'kms:RotationPeriodInDays': String(periodDays) }),
      ...bypassValues(request),
    },
  };
}

function rotationPeriodDays({ enable_key_rotation, rotation_period_in_days }: CreateKeyRequest__Output): number | undefined {
  const field = 'rotation_period_in_days';
  if (enable_key_rotation) return parseDays(rotation_period_in_days, field, rotationPeriod);
  if (rotation_period_in_days !== 0) throw invalidField(field, 'is for enable_key_rotation; set both, or neither.');
  return undefined;
}
