import { loadProtocol } from '../../src/client/protocol.ts';
import type { BatchError__Output } from '../../src/generated/latchkey/v1/BatchError.ts';

/** Why items of a batch failed: reason, fields and message of each BatchError, with its indexes. */
export function batchFailures(errors: readonly BatchError__Output[]): readonly BatchFailure[] {
  return errors.map(({ status, indexes }) => {
    const detail = (name: string) => status?.details.find(({ type_url }) => type_url === `type.googleapis.com/google.rpc.${name}`);
    const fields = badRequest.deserialize(detail('BadRequest')?.value ?? Buffer.alloc(0)).field_violations;
    return {
      reason: errorInfo.deserialize(detail('ErrorInfo')?.value ?? Buffer.alloc(0)).reason,
      code: status?.code ?? 0,
      fields: fields.map(({ field }) => field),
      indexes,
    };
  });
}

export interface BatchFailure {
  readonly reason: string;
  /** Number of the gRPC code. */
  readonly code: number;
  readonly fields: readonly string[];
  readonly indexes: readonly number[];
}

const { errorInfo, badRequest } = loadProtocol();
