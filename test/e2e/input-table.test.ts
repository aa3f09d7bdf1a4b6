import { describe, expect, it } from 'vitest';
import { LatchkeyError } from '../../src/client/connect.ts';
import { KmsError } from '../../src/errors.ts';
import { readDocument, tableRows } from '../docs/documents.ts';
import { everythingAbout } from './everything-about.ts';
import { type BadInput, badInputs } from './bad-inputs.ts';
import { useServer } from './using-server.ts';

/** docs/INPUT.md is what is tested: a row without a request, or a request without a row, is a failure. */
const under = useServer();
const rows = tableRows(readDocument('docs/INPUT.md'), 'input').map(
  ([input = '', call = '', reason = '', field = '', says = '']) => ({
    input,
    call,
    reason,
    fields: field === '–' ? [] : [field],
    says,
  }),
);

it('has a request for every row, and a row for every request', () => {
  const inputs = rows.map(({ input }) => input);
  expect(inputs.toSorted()).toEqual(Object.keys(badInputs).toSorted());
  expect(rows.filter(({ says }) => says === '')).toEqual([]);
});

describe('bad input', () => {
  it.each(rows)('$input of $call is $reason', async ({ input, call, reason, fields, says }) => {
    const bad: BadInput | undefined = badInputs[input];
    if (bad === undefined) throw new Error(`There is no request for ${input}.`);
    const prepared = await bad(under);
    const before = await (prepared.look ?? everything)();
    const failure = await failureOf(prepared.send());
    expect({ call: prepared.call, reason: failure.reason, fields: failure.fieldViolations.map(({ field }) => field) }).toEqual({
      call,
      reason,
      fields,
    });
    expect(failure.message).toContain(says);
    const begin = reason === 'MALFORMED_POLICY' ? 'The policy is refused. ' : '';
    for (const { field, description } of failure.fieldViolations) expect(failure.message).toBe(`${begin}${field}: ${description}`);
    expect(await (prepared.look ?? everything)()).toEqual(before);
    await prepared.close?.();
  });
});

/** All keys with all that is known of them, and all aliases. */
async function everything(): Promise<object> {
  const { latchkey } = under;
  const { keys } = await latchkey.keys.listKeys({ page_size: 1000 });
  const known = await Promise.all(keys.map(async ({ key_id }) => everythingAbout(latchkey, key_id)));
  return { known, aliases: (await latchkey.keys.listAliases({ page_size: 1000 })).aliases };
}

async function failureOf(sent: Promise<unknown>): Promise<LatchkeyError | KmsError> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof LatchkeyError || error instanceof KmsError) return error;
    throw error;
  }
  throw new Error('The request was expected to be refused and succeeded.');
}
