import { LatchkeyError } from '../../src/client/connect.ts';

/** The error that a call of the client library must end in. Throws when it succeeds, or fails otherwise. */
export async function refusal(call: Promise<unknown>): Promise<LatchkeyError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
  throw new Error('The call was expected to be refused and succeeded.');
}

/** What a refusal says to a program: reason, code and the names of the wrong fields. */
export async function refusalFacts(
  call: Promise<unknown>,
): Promise<{ reason: string | undefined; code: string; fields: readonly string[] }> {
  const { reason, code, fieldViolations } = await refusal(call);
  return { reason, code, fields: fieldViolations.map(({ field }) => field) };
}
