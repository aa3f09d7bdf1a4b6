import type { Grant__Output } from '../generated/latchkey/v1/Grant.ts';
import type { GrantConstraints__Output } from '../generated/latchkey/v1/GrantConstraints.ts';
import { readableTimestamp } from './message-json.ts';
import { table } from './table.ts';
import { details, visible, words } from './text.ts';

/** A grant, for people. */
export function grantDetails(grant: Grant__Output): string {
  return details([
    ['Grant', grant.grant_id],
    ['Name', grant.name || '-'],
    ['Key', grant.key_arn],
    ['Grantee', grant.grantee_principal],
    ['May', operationsOf(grant)],
    ['Only with', constraintOf(grant.constraints) || '-'],
    ['Retired by', grant.retiring_principal || '-'],
    ['Created', readableTimestamp(grant.creation_date)],
    ['By', grant.issuing_principal || '-'],
    ['By grant', grant.parent_grant_id || '-'],
  ]);
}

/** Grants, for people: what of it has to be copied stands first, and whole. */
export function grantTable(grants: readonly Grant__Output[]): string {
  const rows = grants.map((grant) => [grant.grant_id, grant.grantee_principal || '-', permissionOf(grant)]);
  return table(['GRANT', 'GRANTEE', 'MAY'], rows);
}

function permissionOf(grant: Grant__Output): string {
  if (grant.key_arn === '') return 'nothing: its record is not authentic';
  const constraint = constraintOf(grant.constraints);
  return constraint === '' ? operationsOf(grant) : `${operationsOf(grant)}; only with ${constraint}`;
}

function operationsOf({ operations }: Grant__Output): string {
  return operations.map((operation) => words(operation, 'GRANT_OPERATION_').replaceAll(' ', '-')).join(', ');
}

/** `tenant=a, stage=b and no other`. */
function constraintOf(constraints: GrantConstraints__Output | null): string {
  if (constraints === null) return '';
  const exact = pairsOf(constraints.encryption_context_equals);
  return exact === '' ? pairsOf(constraints.encryption_context_subset) : `${exact} and no other`;
}

function pairsOf(context: Readonly<Record<string, string>>): string {
  return Object.entries(context)
    .map(([name, value]) => `${visible(name)}=${visible(value)}`)
    .join(', ');
}
