import { status as statusCodes } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { LatchkeyError } from './latchkey-error.ts';
import type { FieldViolation } from './latchkey-error.ts';
import type { Protocol } from './protocol.ts';

type DetailMessages = Pick<Protocol, 'status' | 'errorInfo' | 'badRequest'>;

/** What the server said, from the google.rpc.Status in the call's trailers; without one, what gRPC itself says. */
export function latchkeyError(error: ServiceError, messages: DetailMessages): LatchkeyError {
  const { reason, fieldViolations } = detailsOf(error, messages);
  return new LatchkeyError(error.details, { reason, code: statusCodes[error.code] ?? 'UNKNOWN', fieldViolations, cause: error });
}

interface Details {
  readonly reason: string | undefined;
  readonly fieldViolations: readonly FieldViolation[];
}

function detailsOf(error: ServiceError, messages: DetailMessages): Details {
  const [encoded] = error.metadata.get('grpc-status-details-bin');
  if (!(encoded instanceof Buffer)) return noDetails;
  try {
    return decode(encoded, messages);
  } catch {
    // The details only explain a failure that is reported anyhow; undecodable ones must not hide it.
    return noDetails;
  }
}

function decode(encoded: Buffer, messages: DetailMessages): Details {
  const { details } = messages.status.deserialize(encoded);
  const detail = (type: string): Buffer | undefined => details.find((any) => any.type_url.endsWith(`/${type}`))?.value;
  const errorInfo = messages.errorInfo.deserialize(detail('google.rpc.ErrorInfo') ?? Buffer.alloc(0));
  const badRequest = messages.badRequest.deserialize(detail('google.rpc.BadRequest') ?? Buffer.alloc(0));
  return {
    reason: errorInfo.domain === 'latchkey' ? errorInfo.reason : undefined,
    fieldViolations: badRequest.field_violations.map(({ field, description }) => ({ field, description })),
  };
}

const noDetails: Details = { reason: undefined, fieldViolations: [] };
