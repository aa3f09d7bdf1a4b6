import { LineFault } from './json-fields.ts';
import { count, visible } from './text.ts';

/** What became of lines. */
export interface LineCounts {
  lines: number;
  failed: number;
  /** Values in the lines that are written. */
  written: number;
  /** Those among them that came back as they were. */
  unchanged: number;
  /** Lines that could be taken apart. */
  read: number;
  /** Fields that any of those has. */
  readonly seen: Set<string>;
}

/** `line 3, field email: INVALID_CIPHERTEXT: message`, or as JSON. */
export function faultText(line: number, { reason, field, message }: LineFault, json: boolean): string {
  if (json) return `${JSON.stringify({ line, field, reason, message })}\n`;
  const place = field === undefined ? `line ${line}` : `line ${line}, field ${visible(field)}`;
  return `${place}: ${reason}: ${visible(message)}\n`;
}

/** What was done, at the end. */
export function summaryText(done: string, counts: LineCounts, json: boolean): string {
  const { lines, fields, unchanged, failed } = summary(counts);
  if (json) return `${JSON.stringify(summary(counts))}\n`;
  const current = unchanged === 0 ? '' : `${count(unchanged, 'field')} current already, `;
  return `${count(lines, 'line')}, ${count(fields, 'field')} ${done}, ${current}${count(failed, 'line')} failed\n`;
}

function summary({ lines, written, unchanged, failed }: LineCounts) {
  return { lines, fields: written - unchanged, unchanged, failed };
}

/** What had been done when it ended before the last line: the output holds that, and nothing of what follows. */
export function endedEarlyText(done: string, counts: LineCounts, json: boolean): string {
  if (json) return `${JSON.stringify({ ...summary(counts), ended_early: true })}\n`;
  return `Ended early: ${summaryText(done, counts, json)}`;
}

/** A name that is in no line is probably wrong, and what it was to protect is in the output. */
export function absentFields(fields: readonly string[], done: string, { lines, read, seen }: LineCounts): LineFault[] {
  if (read === 0) return [];
  const where = read === lines ? 'No line has it' : 'No line that can be read has it';
  return fields
    .filter((field) => !seen.has(field))
    .map((field) => new LineFault('NOT_FOUND', `${where}, so nothing was ${done} for it.`, field));
}
