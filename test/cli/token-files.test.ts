import { mkdirSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Refusal } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { examplePrincipal, exampleToken, exampleTokenAnswer } from './example-principal.ts';
import { scratch } from './run-against.ts';

const { run, path } = scratch();
const calls: string[] = [];
afterEach(() => calls.splice(0));

const answers: Answers = {
  CreatePrincipal: noting('CreatePrincipal', { principal: examplePrincipal }),
  CreateAccessToken: noting('CreateAccessToken', exampleTokenAnswer),
  RevokeAccessToken: ({ token_id }) => noting(`RevokeAccessToken ${token_id}`, {})(),
};

/** While the token is made, its place is taken: the file that was begun beside it cannot be put there any more. */
const takingThePlace: Answers = {
  ...answers,
  CreateAccessToken: () => {
    mkdirSync(path('alice.token'));
    return noting('CreateAccessToken', exampleTokenAnswer)();
  },
};

describe.each([
  ['principals create', ['principals', 'create', 'alice'], ['CreatePrincipal', 'CreateAccessToken']],
  ['principals tokens create', ['principals', 'tokens', 'create', 'alice'], ['CreateAccessToken']],
] as const)('%s', (_, command, made) => {
  test.each(['missing/alice.token', '.'])('makes nothing when %s cannot be written', async (out) => {
    const { exitCode, stderr } = await run(answers, [...command, '--out', out]);
    expect([exitCode, calls]).toEqual([5, []]);
    expect(stderr).toContain(`Cannot write ${out}`);
  });

  test('leaves no file behind when the call fails', async () => {
    const refusing: Answers = {
      ...answers,
      CreateAccessToken: () => {
        expect(readdirSync(path())).toHaveLength(1);
        throw new Refusal('PERMISSION_DENIED', 'The caller may not do this.', { reason: 'ACCESS_DENIED' });
      },
    };
    const { exitCode, stderr } = await run(refusing, [...command, '--out', 'alice.token']);
    expect([exitCode, readdirSync(path())]).toEqual([3, []]);
    expect(stderr).toContain('The caller may not do this.');
  });

  test('revokes a token that could not be written, and says what was made', async () => {
    const { exitCode, stdout, stderr } = await run(takingThePlace, [...command, '--out', 'alice.token']);
    expect([exitCode, stdout, calls]).toEqual([5, '', [...made, 'RevokeAccessToken abcdefghijklmnop']]);
    expect(stderr).toContain('user/token/alice is there, but its new access token was not written. Cannot write alice.token');
    expect(stderr).toContain('Access token abcdefghijklmnop, which nobody has, was revoked.');
    expect(stderr).toContain('latchkey principals tokens create user/token/alice');
    expect(stderr).not.toContain(exampleToken);
    expect(readdirSync(path())).toEqual(['alice.token']);
  });

  test('says how to end a token that could be neither written nor revoked', async () => {
    const refusing: Answers = {
      ...takingThePlace,
      RevokeAccessToken: () => {
        throw new Refusal('PERMISSION_DENIED', 'The caller may not revoke.', { reason: 'ACCESS_DENIED' });
      },
    };
    const { exitCode, stderr } = await run(refusing, [...command, '--out', 'alice.token']);
    expect(exitCode).toBe(5);
    expect(stderr).toContain(
      'Access token abcdefghijklmnop is still good, since it could not be revoked: The caller may not revoke.',
    );
    expect(stderr).toContain('latchkey principals tokens revoke abcdefghijklmnop');
  });
});

function noting<Response>(call: string, response: Response): () => Response {
  return () => {
    calls.push(call);
    return response;
  };
}
