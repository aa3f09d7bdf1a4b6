import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import type { BadRequest, BadRequest__Output } from '../generated/google/rpc/BadRequest.ts';
import type { ErrorInfo, ErrorInfo__Output } from '../generated/google/rpc/ErrorInfo.ts';
import type { RetryInfo, RetryInfo__Output } from '../generated/google/rpc/RetryInfo.ts';
import type { Status, Status__Output } from '../generated/google/rpc/Status.ts';
import type { AccessServiceDefinition } from '../generated/latchkey/v1/AccessService.ts';
import type { CryptoServiceDefinition } from '../generated/latchkey/v1/CryptoService.ts';
import type { KeyServiceDefinition } from '../generated/latchkey/v1/KeyService.ts';
import type { ServerServiceDefinition } from '../generated/latchkey/v1/ServerService.ts';

/** The services that a client calls and the messages that an error carries. */
export interface Protocol {
  readonly crypto: CryptoServiceDefinition;
  readonly keys: KeyServiceDefinition;
  readonly access: AccessServiceDefinition;
  readonly server: ServerServiceDefinition;
  readonly status: MessageTypeDefinition<Status, Status__Output>;
  readonly errorInfo: MessageTypeDefinition<ErrorInfo, ErrorInfo__Output>;
  readonly badRequest: MessageTypeDefinition<BadRequest, BadRequest__Output>;
  readonly retryInfo: MessageTypeDefinition<RetryInfo, RetryInfo__Output>;
}

/** Reads proto/; throws when the installation is not complete. */
export function loadProtocol(): Protocol {
  const loaded = loadSync([...protoFiles], { ...messageOptions, includeDirs: [protoDirectory] });
  // The generated types describe these files as these options load them, so the cast states what is so.
  return {
    crypto: loaded['latchkey.v1.CryptoService'],
    keys: loaded['latchkey.v1.KeyService'],
    access: loaded['latchkey.v1.AccessService'],
    server: loaded['latchkey.v1.ServerService'],
    status: loaded['google.rpc.Status'],
    errorInfo: loaded['google.rpc.ErrorInfo'],
    badRequest: loaded['google.rpc.BadRequest'],
    retryInfo: loaded['google.rpc.RetryInfo'],
  } as unknown as Protocol;
}

const protoFiles = [
  'latchkey/v1/crypto.proto',
  'latchkey/v1/keys.proto',
  'latchkey/v1/server.proto',
  'latchkey/v1/access.proto',
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
] as const;

/** The same from src/client and from dist/client. */
const protoDirectory = join(import.meta.dirname, '../../proto');

/** Those that the generated types were made with. */
const messageOptions = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true } as const;
