import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions } from '../../src/access/actions.ts';
import type { RawClient } from '../e2e/raw-client.ts';
import type { Newcomer } from './access-service.ts';
import { type ApiCall, everyCall, plausibleRequest } from './every-call.ts';
import { actionsNeededBy, documentedCalls } from './needed-actions.ts';
import { type StrangerWorld, answersTo, clientOf, contentsOf, openStrangerWorld } from './stranger-world.ts';

/** Each call asks for the actions that docs/POLICIES.md says it needs, for every one of them, and for no other. */
const calls = everyCall()
  .filter(({ isStream }) => !isStream)
  // What ends things comes last, so that the others find them.
  .toSorted((a, b) => Number(isEnding(a)) - Number(isEnding(b)))
  .map((call) => ({ call, path: call.path, needed: actionsNeededBy(call.name) }));

let world: StrangerWorld;
let caller: Newcomer;
let client: RawClient;

beforeAll(async () => {
  world = await openStrangerWorld();
  caller = await world.newcomer('caller');
  client = clientOf(world, caller.token);
});
afterAll(async () => {
  client.close();
  await world.close();
});

it('the document speaks of calls that there are, and of actions', () => {
  const names = new Set(everyCall().map(({ name }) => name));
  const first = documentedCalls.flatMap(([cell = '']) => cell.split(', ').map((text) => text.split(' ')[0] ?? ''));
  expect(first.filter((name) => !names.has(name))).toEqual([]);
  expect(calls.flatMap(({ needed }) => needed.filter((action) => !Object.hasOwn(actions, action)))).toEqual([]);
  expect(calls.filter(({ needed }) => needed.length === 0).map(({ path }) => path)).toEqual(['AccessService/GetCallerIdentity']);
});

describe('who may everything else may not', () => {
  const withoutOne = calls.flatMap(({ needed, ...rest }) => needed.map((action) => ({ ...rest, action })));
  it.each(withoutOne)('$path without $action', async ({ call, action }) => {
    await allowCaller({ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: action, Resource: '*' });
    const before = contentsOf(world);
    expect(await reasonFor(call)).toBe('ACCESS_DENIED');
    expect(contentsOf(world)).toEqual(before);
  });
});

describe('who may nothing else may', () => {
  it.each(calls)('$path with $needed', async ({ call, needed }) => {
    await allowCaller({ Effect: 'Allow', Action: needed.length === 0 ? 'kms:ListKeys' : needed, Resource: '*' });
    expect(await reasonFor(call)).not.toMatch(/ACCESS_DENIED|UNAUTHENTICATED|INVALID_REQUEST|INTERNAL/);
  });
});

function isEnding({ name }: ApiCall): boolean {
  return /^(Delete|Revoke|Retire|Disable|Schedule|Remove|Detach)/.test(name);
}

async function allowCaller(...statements: readonly object[]): Promise<void> {
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await world.admin.access.putPrincipalPolicy({ principal: caller.path, policy_name: 'own', policy });
}

async function reasonFor(call: ApiCall): Promise<string> {
  const bytes = call.serialize(plausibleRequest(call, world.existing));
  const [answer] = await answersTo(client, [{ path: call.path, bytes }]);
  if (answer === undefined) throw new Error('There was no answer.');
  return answer.ok ? 'OK' : (answer.failure.reason ?? answer.failure.code);
}
