import type { UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { createAlias } from '../control-plane/create-alias.ts';
import { createKey } from '../control-plane/create-key.ts';
import { deleteAlias } from '../control-plane/delete-alias.ts';
import { disableKey } from '../control-plane/disable-key.ts';
import { enableKey } from '../control-plane/enable-key.ts';
import { findKey } from '../control-plane/find-key.ts';
import { listAliases } from '../control-plane/list-aliases.ts';
import { listKeyRotations } from '../control-plane/list-key-rotations.ts';
import { listKeys } from '../control-plane/list-keys.ts';
import { rotateKeyOnDemand } from '../control-plane/rotate-key-on-demand.ts';
import { updateAlias } from '../control-plane/update-alias.ts';
import { updateKeyDescription } from '../control-plane/update-key-description.ts';
import type { KeyServiceHandlers } from '../generated/latchkey/v1/KeyService.ts';
import { type ArnScope, keyArn } from '../keys/arn.ts';
import { parseKeyReference, parseManagedKeyId, requireAliasName } from '../keys/key-reference.ts';
import { keyOrigins, keySpecs, keyUsages } from '../keys/key-spec.ts';
import {
  aliasListEntry,
  keyListEntry,
  keyMetadata,
  parseChoice,
  parseDescription,
  parseOptionalClientToken,
  parseOptionalMaterialId,
  parsePage,
  rotationsListEntry,
} from './messages.ts';
import { type Answering, unaryHandler } from './unary.ts';

/** KeyService: each method reads its request, runs its use case and writes its response. */
export function keyHandlers(plane: ControlPlane, scope: ArnScope, answering: Answering): UntypedServiceImplementation {
  const methods: Methods = { ...keyMethods(plane, scope), ...aliasMethods(plane, scope) };
  const handler = (name: string, method: (request: never) => Promise<object>) => unaryHandler(name, method, answering);
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, handler(name, method)]));
}

function keyMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKeyId(text, 'key_id', scope);
  return {
    CreateKey: async (request) => {
      const created = await createKey(
        {
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
          clientToken: parseOptionalClientToken(request.client_token),
        },
        plane,
      );
      return { key_metadata: keyMetadata(created, scope) };
    },
    DescribeKey: async ({ key_id }) => {
      return { key_metadata: keyMetadata(await findKey(parseKeyReference(key_id, 'key_id', scope), plane), scope) };
    },
    ListKeys: async (request) => {
      const { items, nextPageToken } = await listKeys(parsePage(request), plane);
      return { keys: items.map((listed) => keyListEntry(listed, scope)), next_page_token: nextPageToken };
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
    RotateKeyOnDemand: async (request) => {
      const keyId = managed(request.key_id);
      const field = 'expected_current_key_material_id';
      const expectedCurrentKeyMaterialId = parseOptionalMaterialId(request[field], field);
      const clientToken = parseOptionalClientToken(request.client_token);
      return {
        key_arn: keyArn(scope, keyId),
        key_material_id: await rotateKeyOnDemand({ keyId, clientToken, expectedCurrentKeyMaterialId }, plane),
      };
    },
    ListKeyRotations: async (request) => {
      const order = { keyId: managed(request.key_id), includeKeyMaterial: request.include_key_material, ...parsePage(request) };
      const { items, nextPageToken } = await listKeyRotations(order, plane);
      return { rotations: items.map(rotationsListEntry), next_page_token: nextPageToken };
    },
  } satisfies Partial<Methods>;
}

function aliasMethods(plane: ControlPlane, scope: ArnScope) {
  const target = (text: string) => parseManagedKeyId(text, 'target_key_id', scope);
  return {
    CreateAlias: async ({ alias_name, target_key_id }) => {
      await createAlias({ aliasName: requireAliasName(alias_name), targetKeyId: target(target_key_id) }, plane);
      return {};
    },
    UpdateAlias: async ({ alias_name, target_key_id }) => {
      await updateAlias({ aliasName: requireAliasName(alias_name), targetKeyId: target(target_key_id) }, plane);
      return {};
    },
    DeleteAlias: async ({ alias_name }) => {
      await deleteAlias(requireAliasName(alias_name), plane);
      return {};
    },
    ListAliases: async (request) => {
      const keyId = request.key_id === '' ? undefined : parseManagedKeyId(request.key_id, 'key_id', scope);
      const { items, nextPageToken } = await listAliases({ keyId, ...parsePage(request) }, plane);
      return { aliases: items.map((alias) => aliasListEntry(alias, scope)), next_page_token: nextPageToken };
    },
  } satisfies Partial<Methods>;
}

/** For each method of the service, its work: message in, message out. */
type Methods = {
  readonly [
    Method in keyof KeyServiceHandlers as string extends Method ? never : Method
  ]: KeyServiceHandlers[Method] extends handleUnaryCall<infer Request, infer Response>
    ? (request: Request) => Promise<Response>
    : never;
};
