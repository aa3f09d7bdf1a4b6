import { Metadata, status as codes } from '@grpc/grpc-js';
import { loadProtocol } from '../../src/client/protocol.ts';

/** A failure as the server sends it. Without a reason it is one that gRPC itself makes. */
export class Refusal extends Error {
  readonly code: keyof typeof codes;
  readonly reason: string | undefined;
  readonly fieldViolations: { field: string; description: string }[];
  readonly details: Buffer | undefined;
  /** Sent as RetryInfo. */
  readonly retryAfterMs: number | undefined;
  /** Sent as the trailer `grpc-retry-pushback-ms`. */
  readonly pushbackMs: string | undefined;

  constructor(
    code: keyof typeof codes,
    message: string,
    facts: {
      reason?: string;
      fieldViolations?: { field: string; description: string }[];
      details?: Buffer;
      retryAfterMs?: number;
      pushbackMs?: string;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = facts.reason;
    this.fieldViolations = facts.fieldViolations ?? [];
    this.details = facts.details;
    this.retryAfterMs = facts.retryAfterMs;
    this.pushbackMs = facts.pushbackMs;
  }
}

/** A refusal as the end of a call. */
export function wireError(refusal: Refusal) {
  const { code, message, reason, details, pushbackMs } = refusal;
  const metadata = new Metadata();
  const encoded = details ?? (reason === undefined ? undefined : protocol.status.serialize(rpcStatus(refusal)));
  if (encoded !== undefined) metadata.set('grpc-status-details-bin', encoded);
  if (pushbackMs !== undefined) metadata.set('grpc-retry-pushback-ms', pushbackMs);
  return { code: codes[code], details: message, metadata };
}

/** A refusal as google.rpc.Status. */
export function rpcStatus({ code, message, reason, fieldViolations, retryAfterMs }: Refusal) {
  const any = (type: string, value: Buffer) => ({ type_url: `type.googleapis.com/${type}`, value });
  const details = [];
  if (reason !== undefined) details.push(any('google.rpc.ErrorInfo', protocol.errorInfo.serialize({ reason, domain: 'latchkey' })));
  if (fieldViolations.length > 0) {
    details.push(any('google.rpc.BadRequest', protocol.badRequest.serialize({ field_violations: fieldViolations })));
  }
  if (retryAfterMs !== undefined) {
    const retry_delay = { seconds: Math.floor(retryAfterMs / 1000), nanos: (retryAfterMs % 1000) * 1e6 };
    details.push(any('google.rpc.RetryInfo', protocol.retryInfo.serialize({ retry_delay })));
  }
  return { code: codes[code], message, details };
}

const protocol = loadProtocol();
