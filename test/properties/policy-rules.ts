import fc from 'fast-check';
import { expect } from 'vitest';
import type { AccessRequest } from '../../src/access/access-request.ts';
import { type AccessSources, authorize } from '../../src/access/authorize.ts';
import { conditionKeyText } from '../../src/access/condition-keys.ts';
import { DecisionMemo } from '../../src/access/decision-memo.ts';
import type { Decision } from '../../src/access/decision.ts';
import { type Explanation, explain } from '../../src/access/explain.ts';
import { isAllowed } from '../access/reference-evaluator.ts';
import { caseOf, referenceCaseOf, requestOf, sourcesOf } from '../access/situation.ts';
import { moments, situation } from './policy-arbitraries.ts';

/** What holds for every policy and request, checked with that many of them. */
export function assertSameAsReference(numRuns: number): void {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(situation(), (given) => {
      const one = caseOf(given);
      const { allowed, by } = authorize(requestOf(one), sourcesOf(one));
      expect(allowed).toBe(isAllowed(referenceCaseOf(one)));
      const kind = `${by.kind} ${allowed}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }),
    { numRuns },
  );
  // The situations are worth something only while each way to be allowed or denied comes up often.
  for (const kind of ['statement true', 'statement false', 'account-trust true', 'grant true', 'root true', 'nothing false']) {
    expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(numRuns / 200);
  }
}

/** A decision stays the same when what it has not read changes. */
export function assertReadsAreAll(numRuns: number): void {
  fc.assert(
    fc.property(situation(), situation(), (given, { attributes: others = {} }) => {
      const one = caseOf(given);
      const sources = sourcesOf(one);
      const decision = authorize(requestOf(one), sources);
      const read = new Set(
        decision.reads.list().map(({ name, parameter }) => conditionKeyText({ kind: 'known', name, parameter })),
      );
      const kept = Object.entries(one.attributes).filter(([name]) => read.has(name));
      const changed = Object.entries(others).filter(([name]) => !read.has(name));
      const again = authorize(requestOf({ ...one, attributes: Object.fromEntries([...kept, ...changed]) }), sources);
      expect(outcome(again)).toEqual(outcome(decision));
    }),
    { numRuns },
  );
}

/** What a policy may read is known from the document: nothing else is asked for. */
export function assertReadsAreForeseen(numRuns: number): void {
  fc.assert(
    fc.property(situation(), (given) => {
      const one = { ...caseOf(given), grants: [] };
      const sources = sourcesOf(one);
      const text = ({ name, parameter }: { name: string; parameter: string | undefined }) => `${name} ${parameter ?? ''}`;
      const policies = [...(sources.keyPolicy === undefined ? [] : [sources.keyPolicy]), ...sources.identityPolicies];
      const foreseen = policies.flatMap(({ reads }) => reads).map(text);
      const read = authorize(requestOf(one), sources).reads.list().map(text);
      expect(read.filter((name) => !foreseen.includes(name))).toEqual([]);
    }),
    { numRuns },
  );
}

/** As long as a decision says that it is valid, deciding again decides the same. */
export function assertValidUntil(numRuns: number): void {
  fc.assert(
    fc.property(situation(), (given) => {
      const one = caseOf(given);
      const sources = sourcesOf(one);
      const decision = authorize(requestOf(one), sources);
      expect(decision.validUntil).toBeGreaterThan(one.now);
      for (const now of [...moments(), decision.validUntil - 1].filter((at) => at >= one.now && at < decision.validUntil)) {
        expect(outcome(authorize(requestOf({ ...one, now }), sources))).toEqual(outcome(decision));
      }
    }),
    { numRuns },
  );
}

/** The statements and grants that an explanation says apply make the decision that it gives, and that `authorize` gives. */
export function assertExplanationAgrees(numRuns: number): void {
  fc.assert(
    fc.property(situation(), (given) => {
      const one = caseOf(given);
      const request = requestOf(one);
      const sources = sourcesOf(one);
      const explanation = explain(request, sources);
      expect(outcome(explanation.decision)).toEqual(outcome(authorize(request, sources)));
      expect(allowedByTraces(explanation, request)).toBe(explanation.decision.allowed);
    }),
    { numRuns },
  );
}

/** One memo for all: callers ask again and again, policies change, and the clock goes forth and back. */
export function assertMemoAgrees(numRuns: number): void {
  let found = 0;
  const step = fc.record({
    who: fc.nat(),
    request: fc.nat(),
    now: fc.constantFrom(...moments()),
    change: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  });
  fc.assert(
    fc.property(
      fc.array(situation(), { minLength: 2, maxLength: 4 }),
      fc.array(step, { minLength: 20, maxLength: 60 }),
      (given, steps) => {
        const memo = new DecisionMemo({ maxPrincipals: 2 });
        const worlds = given.map((one) => ({
          one: caseOf(one),
          sources: sourcesOf(caseOf(one)),
          subject: { principal: {}, key: {} },
        }));
        const givenOut = new Set<Decision>();
        let counter = 1;
        for (const { who, request: chosen, now, change } of steps) {
          const { one, sources, subject } = worlds[who % worlds.length]!;
          if (change) counter += 1;
          const { attributes } = worlds[chosen % worlds.length]!.one;
          const request: AccessRequest = requestOf({ ...one, attributes, now });
          const current: AccessSources = { ...sources, counter };
          const decision = memo.decide(request, current, subject);
          expect(outcome(decision)).toEqual(outcome(authorize(request, current)));
          expect(decision.counter).toBe(counter);
          if (givenOut.has(decision)) found += 1;
          givenOut.add(decision);
        }
      },
    ),
    { numRuns },
  );
  expect(found).toBeGreaterThan(numRuns);
}

function outcome({ allowed, by }: Decision): Pick<Decision, 'allowed' | 'by'> {
  return { allowed, by };
}

function allowedByTraces({ policies, grants }: Explanation, { caller }: AccessRequest): boolean {
  const applying = policies.flatMap(({ source, statements }) =>
    statements
      .filter(({ mismatches }) => mismatches.length === 0)
      .map((statement) => ({ ...statement, ofKey: source.kind === 'key-policy' })),
  );
  if (applying.some(({ effect }) => effect === 'Deny')) return false;
  const isRoot = caller.path === 'root';
  const byIdentity = isRoot || applying.some(({ ofKey }) => !ofKey);
  if (!policies.some(({ source }) => source.kind === 'key-policy')) return byIdentity;
  const names = (whom: 'caller' | 'account') => applying.some((statement) => statement.ofKey && statement.names === whom);
  return names('caller') || (names('account') && byIdentity) || grants.some(({ allows }) => allows);
}
