import type { OutgoingHttpHeaders } from 'node:http2';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { CallExpired, KmsError } from '../errors.ts';
import type { ErrorReason } from '../generated/error-reasons.ts';
import type { Protocol } from './protocol.ts';

/** What a failed call is answered with. */
export type FailedStatus = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

/** Makes gRPC statuses of errors: `google.rpc.Status` in `grpc-status-details-bin`, where the error is one that a caller can act on. */
export function statusEncoder(protocol: Pick<Protocol, 'message'>): (error: unknown) => FailedStatus {
  const encode = rpcStatusEncoder(protocol);
  return (error) => {
    const metadata = new Metadata();
    const { code, message } = statusOf(error);
    if (error instanceof KmsError) {
      metadata.set('grpc-status-details-bin', encode(error));
      if (error.retryAfterMs !== undefined) metadata.set('grpc-retry-pushback-ms', String(error.retryAfterMs));
    }
    return { code, details: message, metadata };
  };
}

/** Headers of the answers that grpc-js does not write. */
export const responseHeaders = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity',
} as const satisfies OutgoingHttpHeaders;

/** The status at the end of an answer. */
export function trailersOf({ code, details, metadata }: FailedStatus): OutgoingHttpHeaders {
  return { 'grpc-status': code, 'grpc-message': encodeURI(details), ...metadata.toHttp2Headers() };
}

/** Encodes errors as `google.rpc.Status`: ErrorInfo always, BadRequest where fields are wrong, RetryInfo where a repetition may succeed. */
export function rpcStatusEncoder(protocol: Pick<Protocol, 'message'>): (error: unknown) => Buffer {
  const statusMessage = protocol.message('google.rpc.Status');
  const errorInfo = protocol.message('google.rpc.ErrorInfo');
  const badRequest = protocol.message('google.rpc.BadRequest');
  const retryInfo = protocol.message('google.rpc.RetryInfo');
  const packed = (name: string, value: Buffer): object => ({ type_url: `type.googleapis.com/google.rpc.${name}`, value });

  const detailsOf = ({ reason, fieldViolations, retryAfterMs }: KmsError): object[] => {
    const details = [packed('ErrorInfo', errorInfo.serialize({ reason, domain }))];
    if (fieldViolations.length > 0) details.push(packed('BadRequest', badRequest.serialize({ field_violations: fieldViolations })));
    if (retryAfterMs !== undefined)
      details.push(packed('RetryInfo', retryInfo.serialize({ retry_delay: durationOf(retryAfterMs) })));
    return details;
  };
  return (error) => statusMessage.serialize({ ...statusOf(error), details: error instanceof KmsError ? detailsOf(error) : [] });
}

function statusOf(error: unknown): { readonly code: status; readonly message: string } {
  if (error instanceof KmsError) return { code: codes[error.reason], message: error.message };
  if (error instanceof CallExpired) return { code: status[error.outcome], message: error.message };
  return { code: status.INTERNAL, message: 'The server failed; its log says why.' };
}

/** The gRPC code of each reason. */
export const codes = {
  INVALID_REQUEST: status.INVALID_ARGUMENT,
  INVALID_ARN: status.INVALID_ARGUMENT,
  INVALID_ALIAS_NAME: status.INVALID_ARGUMENT,
  INVALID_TAG: status.INVALID_ARGUMENT,
  MALFORMED_POLICY: status.INVALID_ARGUMENT,
  INVALID_PAGE_TOKEN: status.INVALID_ARGUMENT,
  INVALID_CIPHERTEXT: status.INVALID_ARGUMENT,
  CHECKSUM_MISMATCH: status.INVALID_ARGUMENT,
  INCORRECT_KEY: status.INVALID_ARGUMENT,
  INVALID_IMPORT_TOKEN: status.INVALID_ARGUMENT,
  EXPIRED_IMPORT_TOKEN: status.INVALID_ARGUMENT,
  INCORRECT_KEY_MATERIAL: status.INVALID_ARGUMENT,
  INVALID_SIGNATURE: status.INVALID_ARGUMENT,
  INVALID_MAC: status.INVALID_ARGUMENT,
  KEY_NOT_FOUND: status.NOT_FOUND,
  KEY_DESTROYED: status.NOT_FOUND,
  ALIAS_NOT_FOUND: status.NOT_FOUND,
  GRANT_NOT_FOUND: status.NOT_FOUND,
  NO_SUCH_ENTITY: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  KEY_DISABLED: status.FAILED_PRECONDITION,
  KEY_MATERIAL_COMPROMISED: status.FAILED_PRECONDITION,
  DELETION_PROTECTED: status.FAILED_PRECONDITION,
  KEY_PENDING_DELETION: status.FAILED_PRECONDITION,
  KEY_PENDING_IMPORT: status.FAILED_PRECONDITION,
  INVALID_STATE: status.FAILED_PRECONDITION,
  INVALID_KEY_USAGE: status.FAILED_PRECONDITION,
  UNSUPPORTED_OPERATION: status.FAILED_PRECONDITION,
  DRY_RUN: status.FAILED_PRECONDITION,
  CONFLICT: status.ABORTED,
  LIMIT_EXCEEDED: status.RESOURCE_EXHAUSTED,
  RESPONSE_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  THROTTLED: status.RESOURCE_EXHAUSTED,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  ACCESS_DENIED: status.PERMISSION_DENIED,
  KEY_UNAVAILABLE: status.UNAVAILABLE,
} as const satisfies Record<ErrorReason, status>;

/** google.protobuf.Duration. */
function durationOf(milliseconds: number): object {
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1_000_000 };
}

const domain = 'latchkey';
