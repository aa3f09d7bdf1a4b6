import { afterAll, describe, expect, it } from 'vitest';
import { actions } from '../../src/access/actions.ts';
import { conditionKeys, isSingleValued, parseConditionKey } from '../../src/access/condition-keys.ts';
import type { BatchError__Output } from '../../src/generated/latchkey/v1/BatchError.ts';
import { bypassAction } from '../../src/grpc/key-policy-messages.ts';
import { readDocument, tableRows } from '../docs/documents.ts';
import { batchFailures } from '../e2e/batch-reply.ts';
import { type Fact, actionsByAlias, actionsOn, anyActions, conditionKeyFacts } from './condition-key-facts.ts';
import { type ApiCall, everyCall, plausibleRequest } from './every-call.ts';
import { actionsNeededBy } from './needed-actions.ts';
import { answersTo, clientOf, openStrangerWorld } from './stranger-world.ts';

/** Each call has the condition keys that docs/POLICIES.md says it has, with all of their values, for each action that it asks for. */
const world = await openStrangerWorld();
const { admin, existing } = world;
const caller = await world.newcomer('caller');
const client = clientOf(world, caller.token);
const facts = conditionKeyFacts({
  caller: { ...caller, name: 'caller' },
  otherKeyId: await world.newKey(),
  now: world.clock.now(),
  existing,
});
await admin.access.tagPrincipal({ principal: caller.path, tags: [{ tag_key: 'team', tag_value: 'callers' }] });
await admin.keys.tagResource({ key_id: existing.key_id, tags: [{ tag_key: 'kind', tag_value: 'invoices' }] });
await admin.keys.createAlias({ alias_name: 'alias/second', target_key_id: existing.key_id });

afterAll(async () => {
  client.close();
  await world.close();
});

/** What the document says in words, and the actions that are meant. */
const phrases = [
  ['calls about a key', actionsOn('key')],
  ['calls that name their key by an alias, and those about an alias', [...actionsByAlias, ...actionsOn('alias')]],
  ['always', anyActions],
  ['the caller has this tag', anyActions],
] as const;

interface Case {
  readonly fact: Fact;
  readonly call: ApiCall;
  readonly action: string;
  readonly by: Readonly<Record<string, unknown>>;
}

/** A token stands for one request, and these differ. */
const inEvery = { client_token: '' };
const bypassing = { bypass_policy_lockout_safety_check: true };
const asked = everyCall()
  .filter(({ isStream }) => !isStream)
  .flatMap((call) => [
    ...actionsNeededBy(call.name).map((action) => ({ call, action, by: inEvery })),
    ...(call.name === 'PutKeyPolicy' ? [{ call, action: bypassAction, by: bypassing }] : []),
  ]);
const cases: readonly Case[] = facts.flatMap((fact) =>
  asked
    .filter(({ call, action }) => fact.of.includes(action) && call.name !== fact.notIn)
    .map(({ call, action, by }) => ({ fact, call, action, by: { ...by, ...fact.by } })),
);

describe('the document', () => {
  const documented = documentedActions();

  it.each(Object.keys(conditionKeys))('%s: is there in the calls that have a row here', (name) => {
    const rows = facts.filter(({ key }) => nameOf(key) === name);
    expect([...new Set(rows.flatMap(({ of }) => of))].toSorted()).toEqual(documented.get(name)?.toSorted());
  });

  it('every row is of an action that a call asks for', () => {
    const unasked = facts.flatMap((fact) =>
      fact.of.filter((action) => !cases.some((row) => row.fact === fact && row.action === action)),
    );
    expect(unasked).toEqual([]);
  });
});

describe('a call has the values that policies ask for', () => {
  it.each(cases.map((row) => ({ ...row, path: row.call.path, key: row.fact.key, is: row.fact.is })))(
    '$path, for $action: $key is $is',
    async ({ fact, ...sent }) => {
      await denyUnless({ ...fact, is: fact.isNot }, sent.action);
      expect(await reasonFor(sent)).toBe('ACCESS_DENIED');
      await denyUnless(fact, sent.action);
      expect(await reasonFor(sent)).not.toMatch(/ACCESS_DENIED|UNAUTHENTICATED|INVALID_REQUEST|INVALID_ARN|INTERNAL/);
      await undo[sent.call.name]?.();
    },
  );
});

/** Denied when a value is missing, and when there is another. */
async function denyUnless({ key, is, on }: Fact, action: string): Promise<void> {
  const all = typeof is === 'string' ? [is] : is;
  const known = parseConditionKey(key);
  const isSingle = known?.kind === 'known' && isSingleValued(known);
  const conditions = isSingle
    ? [{ StringNotEquals: { [key]: all } }]
    : [
        { 'ForAnyValue:StringNotEquals': { [key]: all } },
        ...all.map((one) => ({ 'ForAllValues:StringNotEquals': { [key]: one } })),
      ];
  const resource = on === undefined ? '*' : `arn:aws:kms:us-east-1:000000000000:${on}/*`;
  const statements = [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    ...conditions.map((condition) => ({ Effect: 'Deny', Action: action, Resource: resource, Condition: condition })),
  ];
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await admin.access.putPrincipalPolicy({ principal: caller.path, policy_name: 'own', policy });
}

async function reasonFor({ call, by }: Pick<Case, 'call' | 'by'>): Promise<string> {
  const given = Object.entries(by).filter(([name]) => call.fields.some((field) => field.name === name));
  const bytes = call.serialize({ ...plausibleRequest(call, existing), ...Object.fromEntries(given) });
  const [answer] = await answersTo(client, [{ path: call.path, bytes }]);
  if (answer === undefined) throw new Error('There was no answer.');
  if (!answer.ok) return answer.failure.reason ?? answer.failure.code;
  // An item of a batch may be denied alone.
  const { errors } = call.deserialize(answer.response) as { readonly errors?: readonly BatchError__Output[] };
  return batchFailures(errors ?? [])[0]?.reason ?? 'OK';
}

/** The actions with which each condition key is there, as the third column says. "The same" is what the row above says. */
function documentedActions(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  let above: readonly string[] = [];
  for (const [name = '', , when = ''] of tableRows(readDocument('docs/POLICIES.md'), 'key')) {
    const [said = '', except = ''] = when.replace(/:.*/, '').split(' without ');
    const of = [...(said.startsWith('the same') ? above : []), ...actionsSaidIn(said)];
    above = of.filter((action) => !actionsSaidIn(except).includes(action));
    found.set(nameOf(name.replaceAll('`', '').replace('<key>', 'any')), above);
  }
  return found;
}

/** By phrases, and by the names of calls; `ReEncrypt…` is all that begins so. */
function actionsSaidIn(text: string): readonly string[] {
  const named = [...text.matchAll(/\b([A-Z][a-z]+[A-Z]?\w*)(…?)/g)].flatMap(([, name = '', more]) =>
    Object.keys(actions).filter(
      (action) => action.split(':')[1]?.startsWith(name) && (more === '…' || action.endsWith(`:${name}`)),
    ),
  );
  return [...phrases.filter(([phrase]) => text.startsWith(phrase)).flatMap(([, of]) => of), ...named];
}

function nameOf(key: string): string {
  const known = parseConditionKey(key);
  return known?.kind === 'known' ? known.name : key;
}

/** Of what other calls are to find as it was. */
const undo: Readonly<Record<string, () => Promise<unknown>>> = {
  CreateAlias: () => admin.keys.deleteAlias({ alias_name: 'alias/plausible' }),
  DeleteAlias: () => admin.keys.createAlias({ alias_name: 'alias/plain', target_key_id: existing.key_id }),
  DisableKey: () => admin.keys.enableKey({ key_id: existing.key_id }),
  ScheduleKeyDeletion: async () => {
    await admin.keys.cancelKeyDeletion({ key_id: existing.key_id });
    await admin.keys.enableKey({ key_id: existing.key_id });
  },
};
