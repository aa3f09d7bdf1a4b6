import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, Option } from 'commander';
import { inOrder } from '../client/in-order.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { exitCodes, UsageError } from './failure.ts';
import { type FieldCall, type FieldOutcome, fieldContextKey, rowContextKey } from './field-calls.ts';
import { openInput } from './input.ts';
import { interruptible } from './interruption.ts';
import { LineFault } from './json-fields.ts';
import { absentFields, endedEarlyText, faultText, type LineCounts, summaryText } from './line-report.ts';
import { type LineLayout, lineValues, type LineValues, withTexts } from './line-values.ts';
import { lines } from './lines.ts';
import { type Progress, progressBar } from './progress-bar.ts';
import { writeResult } from './result-file.ts';

/** The options of a command that works on fields of JSON Lines. */
export interface JsonlOptions {
  readonly jsonl?: boolean;
  readonly field?: readonly string[];
  readonly rowId?: string;
}

export function jsonlOptions(verb: string): Option[] {
  return [
    new Option('--jsonl', `${verb} fields of JSON Lines, a row each: docs/JSONL.md`).conflicts(['file', 'raw']),
    new Option('--field <names>', 'with --jsonl, required: the fields, as email,address.city').argParser(withFields),
    new Option('--row-id <field>', 'with --jsonl: the field that names the row, which values are bound to'),
  ];
}

/** What to look for in each line; undefined when the command is not about lines. Throws UsageError. */
export function lineLayout(
  { jsonl = false, field: fields = [], rowId }: JsonlOptions,
  contexts: readonly EncryptionContext[],
): LineLayout | undefined {
  if (!jsonl && (fields.length > 0 || rowId !== undefined))
    throw new UsageError('--field and --row-id are about lines: add --jsonl.');
  if (!jsonl) return undefined;
  if (fields.length === 0) throw new UsageError('Say which fields: --jsonl needs --field <names>.');
  const names = rowId === undefined ? fields : [...fields, rowId];
  for (const [index, name] of names.entries()) {
    const clash = names.find((other, at) => at !== index && `${other}.`.startsWith(`${name}.`));
    if (clash !== undefined) throw new UsageError(`${clash} and ${name} are the same or one in the other: name each value once.`);
  }
  const reserved = [fieldContextKey, rowContextKey].find((key) => contexts.some((context) => Object.hasOwn(context, key)));
  if (reserved === undefined) return { fields, rowId };
  throw new UsageError(`--jsonl sets "${reserved}" in the context itself: leave it out.`);
}

/**
 * Sends the lines of a file or stdin through a command to a file or stdout, in their order. A line that fails is reported on stderr and
 * not written, so that nothing is in the output that only looks as if it had been worked on.
 */
export async function sendLines(
  done: string,
  call: FieldCall,
  { layout, in: path, out = '-', json }: SendLinesOptions,
): Promise<void> {
  const counts: LineCounts = { lines: 0, failed: 0, written: 0, unchanged: 0, read: 0, seen: new Set() };
  const input = await openInput(path);
  const progress = progressBar({ totalBytes: input.bytes, facts: () => `${counts.lines} lines` });
  const endEarly = (): void => {
    progress.fail();
    if (out === '-' && counts.lines > 0) process.stderr.write(endedEarlyText(done, counts, json));
  };
  try {
    const written = report(worked(input.pieces, call, layout), { counts, progress, json });
    await interruptible(endEarly, () => writeResult(out, (sink) => pipeline(written, sink)));
    progress.succeed();
  } catch (error) {
    endEarly();
    throw error;
  } finally {
    await input.close();
  }
  const absent = absentFields(layout.fields, done, counts);
  for (const fault of absent) process.stderr.write(absentText(fault, json));
  process.stderr.write(summaryText(done, counts, json));
  if (counts.failed > 0 || absent.length > 0) process.exitCode = exitCodes.linesFailed;
}

interface SendLinesOptions {
  readonly layout: LineLayout;
  readonly in?: string;
  readonly out?: string;
  readonly json: boolean;
}

/** The text of batches; reports and counts each when its text is taken. */
async function* report(
  batches: AsyncIterable<WorkedLines>,
  { counts, progress, json }: { readonly counts: LineCounts; readonly progress: Progress; readonly json: boolean },
): AsyncGenerator<string> {
  for await (const batch of batches) {
    if (batch.text !== '') yield batch.text;
    for (const { line, fault } of batch.faults) progress.say(faultText(line, fault, json));
    add(counts, batch);
    progress.advance(batch.bytes);
  }
}

interface WorkedLines {
  readonly text: string;
  readonly faults: readonly { readonly line: number; readonly fault: LineFault }[];
  readonly lines: number;
  readonly failed: number;
  /** Lines that could be read, and the fields in them, also where they failed. */
  readonly read: number;
  readonly seen: readonly string[];
  /** Values in the lines of `text`, and those among them that are as they were. */
  readonly written: number;
  readonly unchanged: number;
  /** That were read. */
  readonly bytes: number;
}

function worked(pieces: AsyncIterable<Buffer>, call: FieldCall, layout: LineLayout): AsyncIterable<WorkedLines> {
  return inOrder(lines(pieces), async () => ({
    parse: (line) => lineValues(line, layout),
    bytesOf: ({ line }) => line.lengthBytes,
    fits: (count, bytes) => count <= linesAtOnce && bytes <= bytesAtOnce,
    maxBatches: 4,
    signal: undefined,
    answer: async (batch) => [await workedLines(batch, call, layout)],
  }));
}

async function workedLines(batch: readonly LineValues[], call: FieldCall, { fields }: LineLayout): Promise<WorkedLines> {
  const values = batch.flatMap((line) => line.values);
  const byField = await Promise.all(
    fields.map(async (field) => {
      const ofField = values.filter((value) => value.field === field);
      return (ofField.length === 0 ? [] : await call(field, ofField)).values();
    }),
  );
  const outcomes = new Map(fields.map((field, index) => [field, byField[index]]));
  const finished = batch.map((line) =>
    finish(
      line,
      line.values.map(({ field }) => outcomes.get(field)?.next().value),
    ),
  );
  return {
    text: finished.map(({ text }) => text).join(''),
    faults: finished.flatMap(({ faults }, index) => faults.map((fault) => ({ line: batch[index]?.line.number ?? 0, fault }))),
    lines: batch.length,
    failed: finished.filter(({ faults }) => faults.length > 0).length,
    read: batch.filter(({ seen }) => seen !== undefined).length,
    seen: fields.filter((field) => batch.some(({ seen }) => seen?.includes(field))),
    written: sumOf(finished, ({ written }) => written),
    unchanged: sumOf(finished, ({ unchanged }) => unchanged),
    bytes: sumOf(batch, ({ line }) => line.lengthBytes),
  };
}

interface FinishedLine {
  readonly text: string;
  readonly faults: readonly LineFault[];
  readonly written: number;
  readonly unchanged: number;
}

/** What is written for a line: nothing, when anything in it failed. */
function finish(line: LineValues, outcomes: readonly (FieldOutcome | undefined)[]): FinishedLine {
  if (line.fault !== undefined) return unwritten([line.fault]);
  const faults: LineFault[] = [];
  const texts: string[] = [];
  let unchanged = 0;
  for (const [index, { field }] of line.values.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error(`The call on ${field} answered fewer values than it was given.`);
    if ('fault' in outcome) faults.push(new LineFault(outcome.fault.reason, outcome.fault.message, field));
    else {
      texts.push(outcome.text);
      unchanged += outcome.isNew ? 0 : 1;
    }
  }
  return faults.length > 0 ? unwritten(faults) : { text: withTexts(line, texts), faults, written: texts.length, unchanged };
}

function unwritten(faults: readonly LineFault[]): FinishedLine {
  return { text: '', faults, written: 0, unchanged: 0 };
}

function add(counts: LineCounts, batch: WorkedLines): void {
  counts.lines += batch.lines;
  counts.failed += batch.failed;
  counts.written += batch.written;
  counts.unchanged += batch.unchanged;
  counts.read += batch.read;
  for (const field of batch.seen) counts.seen.add(field);
}

function sumOf<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + amount(item), 0);
}

function absentText({ reason, field, message }: LineFault, json: boolean): string {
  return json ? `${JSON.stringify({ field, reason, message })}\n` : `field ${field}: ${reason}: ${message}\n`;
}

/** Adds the names of one option to those before it. */
function withFields(text: string, before: readonly string[] = []): readonly string[] {
  const names = text.split(',');
  if (names.some((name) => name.split('.').includes(''))) throw new InvalidArgumentError('Give names, as email,address.city.');
  return [...before, ...names];
}

const linesAtOnce = 2048;
const bytesAtOnce = 1024 * 1024;
