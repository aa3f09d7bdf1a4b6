import type { ControlPlane } from '../control-plane/control-plane.ts';
import { type CreateKeyOrder, createKey } from '../control-plane/create-key.ts';
import { describeKey } from '../control-plane/describe-key.ts';
import { disableKey } from '../control-plane/disable-key.ts';
import { enableKey } from '../control-plane/enable-key.ts';
import { listKeys } from '../control-plane/list-keys.ts';
import { updateKeyDescription } from '../control-plane/update-key-description.ts';
import { invalidField } from '../errors.ts';
import type { CreateKeyRequest__Output } from '../generated/latchkey/v1/CreateKeyRequest.ts';
import type { ArnScope } from '../keys/arn.ts';
import { parseKeyReference, parseManagedKeyId } from '../keys/key-reference.ts';
import { keyOrigins, keySpecs, keyUsages } from '../keys/key-spec.ts';
import { keyStates } from '../keys/key-state.ts';
import { rotationPeriod } from '../keys/rotation.ts';
import type { KeyServiceMethods } from './key-service-methods.ts';
import { keyListEntry, keyMetadata, keyUses, timestamp } from './messages.ts';
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
  const managed = (text: string) => parseManagedKeyId(text, 'key_id', scope);
  return {
    CreateKey: async (request) => {
      const created = await createKey(createKeyOrder(request), plane);
      return { key_metadata: keyMetadata(created, scope, plane.clock.steadyNow()) };
    },
    DescribeKey: async ({ key_id }) => {
      const found = await describeKey(parseKeyReference(key_id, 'key_id', scope), plane);
      return { key_metadata: keyMetadata(found, scope, plane.clock.steadyNow()), uses: keyUses(found.used) };
    },
    GetKeyLastUsage: async ({ key_id }) => {
      const { key, arn, used } = await describeKey({ kind: 'key', keyId: managed(key_id) }, plane);
      return {
        key_arn: arn,
        key_last_usage: used.uses ? { timestamp: timestamp(used.uses.lastUsedAt) } : null,
        key_creation_date: timestamp(key.createdAt),
        tracking_start_date: timestamp(used.since),
      };
    },
    ListKeys: async (request) => {
      const states = [...new Set(request.key_states)].map((state) =>
        parseRequiredChoice(state, { field: 'key_states', prefix: 'KEY_STATE', choices: keyStates }),
      );
      const { items, nextPageToken } = await listKeys(
        { ...parsePage(request), states, tags: parseTagList(request.tags, 0) },
        plane,
      );
      const now = plane.clock.steadyNow();
      return { keys: items.map((listed) => keyListEntry(listed, scope, now)), next_page_token: nextPageToken };
    },
    UpdateKeyDescription: async ({ key_id, description }) => {
      await updateKeyDescription(managed(key_id), parseDescription(description), plane);
      return {};
    },
    EnableKey: async ({ key_id }) => {
      await enableKey(managed(key_id), plane);
      return {};
    },
    DisableKey: async ({ key_id }) => {
      await disableKey(managed(key_id), plane);
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

function rotationPeriodDays({ enable_key_rotation, rotation_period_in_days }: CreateKeyRequest__Output): number | undefined {
  const field = 'rotation_period_in_days';
  if (enable_key_rotation) return parseDays(rotation_period_in_days, field, rotationPeriod);
  if (rotation_period_in_days !== 0) throw invalidField(field, 'is for enable_key_rotation; set both, or neither.');
  return undefined;
}
