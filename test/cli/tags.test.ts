import { describe, expect, test } from 'vitest';
import type { Answers } from '../client/serve.ts';
import { keyId } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run } = scratch();

describe('tags', () => {
  test.each([
    [
      ['add', keyId, 'team=pay=ments', 'stage='],
      'TagResource',
      `Key ${keyId} has these 2 tags.\n`,
      {
        key_id: keyId,
        tags: [
          { tag_key: 'team', tag_value: 'pay=ments' },
          { tag_key: 'stage', tag_value: '' },
        ],
      },
    ],
    [['remove', keyId, 'team'], 'UntagResource', `Key ${keyId} no longer has this tag.\n`, { key_id: keyId, tag_keys: ['team'] }],
  ] as const)('%j', async (args, method, said, expected) => {
    const requests: unknown[] = [];
    const answers: Answers = {
      [method]: (request: unknown) => {
        requests.push(request);
        return {};
      },
    };
    expect(await run(answers, ['tags', ...args])).toMatchObject({ exitCode: 0, stderr: '', stdout: said });
    expect(requests).toEqual([expected]);
    expect(JSON.parse((await run(answers, ['tags', ...args, '--json'])).stdout)).toEqual({});
  });

  test.each([
    [['add', keyId], "Missing required argument 'tag=value'"],
    [['add', keyId, 'team'], 'Give key=value.'],
    [['add', keyId, 'a=1', 'a=2'], 'given twice'],
    [['remove', keyId], "Missing required argument 'tag'"],
    [['list'], 'Name the key'],
  ])('refuse %j', async (args, why) => {
    expect(await run({}, ['tags', ...args])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) as string });
  });

  test('are listed a line each, of all pages, as they are added', async () => {
    const answers: Answers = {
      ListResourceTags: ({ page_token }) =>
        page_token === ''
          ? { tags: [{ tag_key: 'stage', tag_value: 'prod' }], next_page_token: 'more' }
          : { tags: [{ tag_key: 'team', tag_value: 'a\nb' }] },
    };
    expect((await run(answers, ['tags', 'list', keyId])).stdout).toBe('stage=prod\nteam=a\\u{a}b\n');
    expect(await run(answers, ['tags', 'list', keyId, '-n', '1'])).toMatchObject({
      stdout: 'stage=prod\n',
      stderr: 'There are more; raise --limit or leave it out.\n',
    });
    const { stdout } = await run(answers, ['tags', 'list', '--key', keyId, '--json']);
    expect(JSON.parse(stdout)).toEqual({
      tags: [
        { tag_key: 'stage', tag_value: 'prod' },
        { tag_key: 'team', tag_value: 'a\nb' },
      ],
    });
  });

  test('that are not there are said to be', async () => {
    expect((await run({ ListResourceTags: () => ({ tags: [] }) }, ['tags', 'list', keyId])).stdout).toContain('has no tags');
  });
});
