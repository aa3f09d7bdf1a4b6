import type { Latchkey } from '../client/connect.ts';
import { LatchkeyError } from '../client/latchkey-error.ts';
import type { CreateAccessTokenResponse__Output } from '../generated/latchkey/v1/CreateAccessTokenResponse.ts';
import type { TokenOptions } from './access-token-options.ts';
import { LocalFileError } from './failure.ts';
import { readableTimestamp } from './message-json.ts';
import { type WriteFile, withFile } from './output.ts';

/** What there is to show of a new access token. What was written to a file is not shown too. */
export interface DeliveredToken {
  readonly text: string;
  readonly message: object;
}

/** Hands over the new access token of a principal, named as the API takes it. */
export type DeliverToken = (principal: string, response: CreateAccessTokenResponse__Output) => Promise<DeliveredToken>;

/**
 * Runs what makes an access token, which is seen this once. A file for it is begun before anything is made. When it cannot be written
 * in the end nevertheless, the token is revoked: no token is good that nobody has.
 */
export async function deliveringToken(
  { out }: TokenOptions,
  { access }: Pick<Latchkey, 'access'>,
  make: (deliver: DeliverToken) => Promise<void>,
): Promise<void> {
  if (out === undefined) {
    await make(async (_, response) => shown(response));
    return;
  }
  await withFile(out, (write) =>
    make(async (principal, response) => {
      await writeOrRevoke(write, { principal, response }, access);
      const { token } = response;
      const use = `Call with it:\n  latchkey --token-file ${out} whoami`;
      return { text: `The access token is in ${out}, and good until ${goodUntil(response)}. ${use}\n`, message: { token } };
    }),
  );
}

function shown(response: CreateAccessTokenResponse__Output): DeliveredToken {
  const use = 'Put it in a file that nobody else can read, and call with it:\n  latchkey --token-file <file> whoami';
  const text = `Access token, shown this once and good until ${goodUntil(response)}:\n\n${response.access_token}\n\n${use}\n`;
  return { text, message: response };
}

function goodUntil({ token }: CreateAccessTokenResponse__Output): string {
  return readableTimestamp(token?.expiration_date ?? null);
}

async function writeOrRevoke(
  write: WriteFile,
  { principal, response }: { readonly principal: string; readonly response: CreateAccessTokenResponse__Output },
  access: Latchkey['access'],
): Promise<void> {
  try {
    write(`${response.access_token}\n`);
  } catch (error) {
    if (!(error instanceof LocalFileError)) throw error;
    const outcome = await revoked(response.token?.token_id ?? '', access);
    const another = `Make another with latchkey principals tokens create ${principal}.`;
    const message = `${principal} is there, but its new access token was not written. ${error.message} ${outcome} ${another}`;
    throw new LocalFileError(message, error.code, error);
  }
}

/** What became of a token that nobody has. */
async function revoked(tokenId: string, access: Latchkey['access']): Promise<string> {
  try {
    await access.revokeAccessToken({ token_id: tokenId });
    return `Access token ${tokenId}, which nobody has, was revoked.`;
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    const cure = `Nobody has it; end it with latchkey principals tokens revoke ${tokenId}.`;
    return `Access token ${tokenId} is still good, since it could not be revoked: ${error.message} ${cure}`;
  }
}
