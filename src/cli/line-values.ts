import { isUtf8 } from 'node:buffer';
import { findFields, LineFault, type Span } from './json-fields.ts';
import { type Line, maxLineBytes } from './lines.ts';

/** What to look for in each line. */
export interface LineLayout {
  readonly fields: readonly string[];
  /** The field whose value names the line's row, if values are bound to that. */
  readonly rowId: string | undefined;
}

/** A line and the values in it that a command is about; or why it is not about them. */
export interface LineValues {
  readonly line: Line;
  readonly text: string;
  readonly values: readonly FieldValue[];
  /** The fields that it has, also where its row is not known; undefined when it cannot be read. */
  readonly seen: readonly string[] | undefined;
  readonly fault: LineFault | undefined;
}

export interface FieldValue {
  readonly field: string;
  readonly span: Span;
  /** As it stands in the line: JSON. */
  readonly text: string;
  readonly rowId: string | undefined;
}

/** Values that are not there or null are left as they are. */
export function lineValues(line: Line, layout: LineLayout): LineValues {
  let seen: readonly string[] | undefined;
  try {
    const text = textOf(line);
    // White space holds nothing.
    const { values, rowIdSpan } = text.trim() === '' ? nothing : valuesIn(text, layout);
    seen = values.map(({ field }) => field);
    if (layout.rowId === undefined || values.length === 0) return { line, text, values, seen, fault: undefined };
    const rowId = rowIdOf(text, rowIdSpan, layout.rowId);
    return { line, text, values: values.map((value) => ({ ...value, rowId })), seen, fault: undefined };
  } catch (error) {
    if (!(error instanceof LineFault)) throw error;
    return { line, text: '', values: [], seen, fault: error };
  }
}

/** The line with these texts instead of its values, in their order. */
export function withTexts({ line, text, values }: LineValues, texts: readonly string[]): string {
  const parts: string[] = [];
  let copied = 0;
  const replaced = values.map(({ span }, index) => ({ span, text: texts[index] ?? '' }));
  for (const { span, text: replacement } of replaced.toSorted((a, b) => a.span.start - b.span.start)) {
    parts.push(text.slice(copied, span.start), replacement);
    copied = span.end;
  }
  parts.push(text.slice(copied), line.ending);
  return parts.join('');
}

function textOf({ bytes }: Line): string {
  if (bytes === undefined) throw new LineFault('LINE_TOO_LONG', `It is longer than ${maxLineBytes} bytes.`);
  // Decoded, invalid bytes would become U+FFFD.
  if (!isUtf8(bytes)) throw new LineFault('NOT_UTF8', 'It is not valid UTF-8.');
  return bytes.toString();
}

interface FoundValues {
  readonly values: readonly FieldValue[];
  readonly rowIdSpan: Span | undefined;
}

/** Without their row. */
function valuesIn(text: string, { fields, rowId: rowIdField }: LineLayout): FoundValues {
  const spans = findFields(text, rowIdField === undefined ? fields : [...fields, rowIdField]);
  const values = fields.flatMap((field, index) => {
    const span = spans[index];
    const value = span === undefined ? 'null' : text.slice(span.start, span.end);
    return span === undefined || value === 'null' ? [] : [{ field, span, text: value, rowId: undefined }];
  });
  return { values, rowIdSpan: spans[fields.length] };
}

/** A string as it is, a number or truth value as it stands in the line. */
function rowIdOf(text: string, span: Span | undefined, field: string): string {
  const value = span === undefined ? 'null' : text.slice(span.start, span.end);
  if (value === 'null') throw new LineFault('NO_ROW_ID', 'It is not there, and the values are to be bound to it.', field);
  if (value.startsWith('{') || value.startsWith('[')) {
    throw new LineFault('NO_ROW_ID', 'It is an object or an array and names no row.', field);
  }
  const rowId = value.startsWith('"') ? String(JSON.parse(value)) : value;
  if (!rowId.isWellFormed()) throw new LineFault('NO_ROW_ID', 'It is no text: half of a surrogate pair stands alone.', field);
  return rowId;
}

const nothing: FoundValues = { values: [], rowIdSpan: undefined };
