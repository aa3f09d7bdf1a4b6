import { table } from '../src/cli/table.ts';
import { details } from '../src/cli/text.ts';
import type { Run } from './run-load.ts';
import { type Summary, callsOf } from './summary.ts';

/** The figures for a terminal. */
export function textReport({ server }: Pick<Run, 'server'>, { facts, faults, notes }: Summary): string {
  const rows = callsOf(server).map(({ method, reason, calls }) => [method, reason, String(calls)]);
  return [
    details(facts),
    rows.length === 0 ? '' : table(['METHOD', 'REASON', 'CALLS'], rows),
    [...notes, ...faults.map((fault) => `Wrong: ${fault}`)].map((line) => `${line}\n`).join(''),
  ]
    .filter((part) => part !== '')
    .join('\n');
}
