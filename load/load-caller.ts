import { randomBytes } from 'node:crypto';
import type { Latchkey } from '../src/client/connect.ts';
import { LatchkeyError } from '../src/client/latchkey-error.ts';

/** In whose name the load is offered. */
export interface LoadCaller {
  /** undefined where the connection says who calls. */
  readonly token: string | undefined;
  /** What is to be known about it; undefined when nothing is. */
  readonly note: string | undefined;
  /** Answers what is left of it, if anything is. Never throws. */
  readonly end: () => Promise<string | undefined>;
}

/**
 * h2load takes headers on its command line, which every user of the machine can read while it runs. So it gets a token that may use
 * keys and nothing else, for as long as the load lasts; where the caller may not make one, it gets the caller's own, `given`.
 */
export async function loadCaller(
  { access }: Pick<Latchkey, 'access'>,
  given: string | undefined,
  durationSeconds: number,
): Promise<LoadCaller> {
  const nothing = () => Promise.resolve(undefined);
  if (given === undefined) return { token: undefined, note: undefined, end: nothing };
  const name = `load-${randomBytes(8).toString('hex')}`;
  try {
    await access.createPrincipal({ name, ready_policy_names: ['key-user'] });
  } catch (error) {
    if (!(error instanceof LatchkeyError) || error.reason !== 'ACCESS_DENIED') throw error;
    return { token: given, note: exposed, end: nothing };
  }
  const principal = `user/token/${name}`;
  const end = () => deleted(principal, access);
  try {
    const lifetime_seconds = durationSeconds + spareSeconds;
    const { access_token: token } = await access.createAccessToken({ principal, lifetime_seconds, description: 'Load test' });
    return { token, note: undefined, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function deleted(principal: string, access: Latchkey['access']): Promise<string | undefined> {
  try {
    await access.deletePrincipal({ principal });
    return undefined;
  } catch (error) {
    return `Principal ${principal} is not deleted (${error instanceof Error ? error.message : String(error)}); its token expires soon.`;
  }
}

const exposed = 'While h2load runs, every user of this machine can read your token in its command line.';
/** Before the load and after it. */
const spareSeconds = 120;
