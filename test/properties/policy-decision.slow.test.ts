import { it } from 'vitest';
import {
  assertExplanationAgrees,
  assertMemoAgrees,
  assertReadsAreAll,
  assertReadsAreForeseen,
  assertSameAsReference,
  assertValidUntil,
} from './policy-rules.ts';

/** As policy-decision.test.ts, with far more of everything. */
it('decides as the reference evaluator', { timeout: 1_800_000 }, () => assertSameAsReference(100_000));
it('depends on nothing that it does not say it has read', () => assertReadsAreAll(50_000));
it('reads nothing that the policies do not say they may', () => assertReadsAreForeseen(50_000));
it('stands until the moment that it says', () => assertValidUntil(50_000));
it('is explained by the statements that apply', () => assertExplanationAgrees(50_000));
it('is remembered only while it would be made again', () => assertMemoAgrees(10_000));
