import { status as statusCodes } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { LatchkeyError } from './latchkey-error.ts';
import type { FieldViolation } from './latchkey-error.ts';
import type { Protocol } from './protocol.ts';

type DetailMessages = Pick<Protocol, 'status' | 'errorInfo' | 'badRequest' | 'retryInfo'>;

/** What the server said, from the google.rpc.Status in the call's trailers; without one, what gRPC itself says. */
export function latchkeyError(error: ServiceError, messages: DetailMessages): LatchkeyError {
  const [encoded] = error.metadata.get('grpc-status-details-bin');
  const details = encoded instanceof Buffer ? detailsOf(encoded, messages) : noDetails;
  return new LatchkeyError(error.details, {
    ...details,
    retryAfterMs: pushbackMs(error.metadata) ?? details.retryAfterMs,
    code: statusCodes[error.code] ?? 'UNKNOWN',
    cause: error,
  });
}

/** What the server said of one request among several: an encoded google.rpc.Status. */
export function statusError(encoded: Uint8Array, messages: DetailMessages): LatchkeyError {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const { code, message } = messages.status.deserialize(bytes);
  return new LatchkeyError(message, { ...detailsOf(bytes, messages), code: statusCodes[code] ?? 'UNKNOWN' });
}

interface Details {
  readonly reason: string | undefined;
  readonly fieldViolations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;
}

function detailsOf(encoded: Buffer, messages: DetailMessages): Details {
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
  const { retry_delay: delay } = messages.retryInfo.deserialize(detail('google.rpc.RetryInfo') ?? Buffer.alloc(0));
  return {
    reason: errorInfo.domain === 'latchkey' ? errorInfo.reason : undefined,
    fieldViolations: badRequest.field_violations.map(({ field, description }) => ({ field, description })),
    retryAfterMs: delay === null ? undefined : Math.ceil(Number(delay.seconds) * 1000 + delay.nanos / 1e6),
  };
}

/** gRPC's retry pushback (proposal A6): what is no whole number means never, as a negative one does. */
function pushbackMs(metadata: Metadata): number | undefined {
  const [given] = metadata.get('grpc-retry-pushback-ms');
  if (given === undefined) return undefined;
  return /^\d{1,9}$/.test(String(given)) ? Number(given) : -1;
}

const noDetails: Details = { reason: undefined, fieldViolations: [], retryAfterMs: undefined };
