import { LineFault } from './json-fields.ts';
import { count, visible } from './text.ts';

/** What became of lines. */
export interface LineCounts {
  lines: number;
  failed: number;
  /** Values that were worked on, by field. */
  readonly values: Map<string, number>;
  /** Values that came back as they were. */
  unchanged: number;
}

/** `line 3, field email: INVALID_CIPHERTEXT: message`, or as JSON. */
export function faultText(line: number, { reason, field, message }: LineFault, json: boolean): string {
  if (json) return `${JSON.stringify({ line, field, reason, message })}\n`;
  const place = field === undefined ? `line ${line}` : `line ${line}, field ${visible(field)}`;
  return `${place}: ${reason}: ${visible(message)}\n`;
}

/** What was done, at the end. */
export function summaryText(done: string, { lines, failed, values, unchanged }: LineCounts, json: boolean): string {
  const fields = [...values.values()].reduce((sum, value) => sum + value, 0) - unchanged;
  if (json) return `${JSON.stringify({ lines, fields, unchanged, failed })}\n`;
  const current = unchanged === 0 ? '' : `${count(unchanged, 'field')} current already, `;
  return `${count(lines, 'line')}, ${count(fields, 'field')} ${done}, ${current}${count(failed, 'line')} failed\n`;
}

/** A name that is in no line is probably wrong, and what it was to protect is in the output. */
export function absentFields(fields: readonly string[], done: string, { lines, values }: LineCounts): LineFault[] {
  if (lines === 0) return [];
  return fields
    .filter((field) => !values.has(field))
    .map((field) => new LineFault('NOT_FOUND', `No line has it, so nothing was ${done} for it.`, field));
}
