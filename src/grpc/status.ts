import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { CallExpired, KmsError } from '../errors.ts';
import type { ErrorReason } from '../generated/error-reasons.ts';
import type { Protocol } from './protocol.ts';

/** What a failed call is answered with. */
export type FailedStatus = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

/** Makes gRPC statuses of errors: `google.rpc.Status` in `grpc-status-details-bin`, ErrorInfo always, BadRequest where fields are wrong. */
export function statusEncoder(protocol: Pick<Protocol, 'message'>): (error: unknown) => FailedStatus {
  const statusMessage = protocol.message('google.rpc.Status');
  const errorInfo = protocol.message('google.rpc.ErrorInfo');
  const badRequest = protocol.message('google.rpc.BadRequest');
  const packed = (name: string, value: Buffer): object => ({ type_url: `type.googleapis.com/google.rpc.${name}`, value });

  const ofKmsError = ({ reason, message, fieldViolations }: KmsError): FailedStatus => {
    const code = codes[reason];
    const details = [packed('ErrorInfo', errorInfo.serialize({ reason, domain }))];
    if (fieldViolations.length > 0) details.push(packed('BadRequest', badRequest.serialize({ field_violations: fieldViolations })));
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', statusMessage.serialize({ code, message, details }));
    return { code, details: message, metadata };
  };

  return (error) => {
    if (error instanceof KmsError) return ofKmsError(error);
    if (error instanceof CallExpired) return { code: status[error.outcome], details: error.message, metadata: new Metadata() };
    return { code: status.INTERNAL, details: 'The server failed; its log says why.', metadata: new Metadata() };
  };
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

const domain = 'latchkey';
