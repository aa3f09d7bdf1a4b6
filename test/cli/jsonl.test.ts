import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { answerOf } from '../client/fake-batches.ts';
import { Refusal, rpcStatus } from '../client/refusal.ts';
import { serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { scratch } from './run-against.ts';
import { mainPath, runCli } from './run-cli.ts';
import { runOnTerminal } from './run-on-terminal.ts';

const { path, run } = scratch();

const keys = [
  { name: 'k', version: 1 },
  { name: 'rotated', version: 1 },
  { name: 'rotated', version: 2 },
];
const answers: Answers = { Exchange: (request) => answerOf(request, keys) };
const encrypting = ['encrypt', '--key', 'k', '--jsonl'];
const decrypting = ['decrypt', '--jsonl'];
const rows = ['--field', 'email,ssn', '--row-id', 'id'];

/** One line of each kind, whose bytes a parser would not give back. */
const rich = [
  '{"id":1,"email":"ann@example.com","n":1.0,"big":12345678901234567890,"ssn":  123.450 }',
  ' {"ssn" : {"a":[1,"}"]} , "id":"x 2", "email":"Z\\u00fcrich\\/" }\r',
  '',
  '{"id":3,"email":null}',
  '{"other":4}',
  '{"id":5,"\\u0065mail":"","ssn":{"x":\r1},"nested":{"email":"stays"}}',
].join('\n');

async function encrypted(input: string, ...args: string[]): Promise<string> {
  const { stdout, exitCode } = await run(answers, [...encrypting, ...args], { input });
  expect(exitCode).toBe(0);
  return stdout;
}

function reports(stderr: string): string[] {
  return stderr.trimEnd().split('\n');
}

describe('fields', () => {
  test('are encrypted, and nothing else is touched', async () => {
    const { stdout, stderr, exitCode } = await run(answers, [...encrypting, ...rows], { input: rich });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '6 lines, 6 fields encrypted, 0 lines failed\n' });
    const blob = '"[A-Za-z0-9+/]{100,}={0,2}"';
    const expected = [
      `\\{"id":1,"email":${blob},"n":1\\.0,"big":12345678901234567890,"ssn":  ${blob} \\}`,
      ` \\{"ssn" : ${blob} , "id":"x 2", "email":${blob} \\}\r`,
      '',
      '\\{"id":3,"email":null\\}',
      '\\{"other":4\\}',
      `\\{"id":5,"\\\\u0065mail":${blob},"ssn":${blob},"nested":\\{"email":"stays"\\}\\}`,
    ];
    expect(stdout).toMatch(new RegExp(`^${expected.join('\n')}$`));
    for (const secret of ['ann@example', '123.450', 'rich']) expect(stdout).not.toContain(secret);
  });

  test('come back byte for byte', async () => {
    const { stdout, stderr, exitCode } = await run(answers, [...decrypting, ...rows], { input: await encrypted(rich, ...rows) });
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: rich,
      stderr: '6 lines, 6 fields decrypted, 0 lines failed\n',
      exitCode: 0,
    });
  });

  test('in objects are named by paths', async () => {
    const input = '{"a":{"b":"secret","c":"plain"}}\n{"a":null}\n{}\n';
    const output = await encrypted(input, '--field', 'a.b');
    expect(output).toMatch(/^\{"a":\{"b":"[^"]{100,}","c":"plain"\}\}\n\{"a":null\}\n\{\}\n$/);
    expect((await run(answers, [...decrypting, '--field', 'a.b'], { input: output })).stdout).toBe(input);
  });

  test('are bound to field and row by the pairs that the documentation names', async () => {
    const contexts: unknown[] = [];
    const watching: Answers = {
      Exchange: (request) => {
        const { encryption_context: context, item_context_key: key, item_context_values: values } = request.batch_encrypt!;
        contexts.push({ context, key, values, plaintexts: request.batch_encrypt!.plaintexts.map(String) });
        return answerOf(request, keys);
      },
    };
    const input = '{"id":7,"email":"a","ssn":1}\n{"id":"\\u0078","email":"b"}\n{"id":1.50,"email":"c"}\n';
    await run(watching, [...encrypting, ...rows, '-c', 'table=users'], { input });
    expect(contexts).toEqual(
      expect.arrayContaining([
        {
          context: { table: 'users', field: 'email' },
          key: 'row-id',
          values: ['7', 'x', '1.50'],
          plaintexts: ['"a"', '"b"', '"c"'],
        },
        { context: { table: 'users', field: 'ssn' }, key: 'row-id', values: ['7'], plaintexts: ['1'] },
      ]),
    );
    expect(contexts).toHaveLength(2);
  });

  test.each([
    ['row', (line: string) => line.replace('"id":1', '"id":2')],
    ['field', (line: string) => line.replace('"email"', '"x"').replace('"ssn"', '"email"').replace('"x"', '"ssn"')],
  ])('do not open in another %s', async (_, move) => {
    const output = await encrypted('{"id":1,"email":"a","ssn":"b"}\n', ...rows);
    const { stdout, stderr, exitCode } = await run(answers, [...decrypting, ...rows], { input: move(output) });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(reports(stderr)).toEqual([
      'line 1, field email: INVALID_CIPHERTEXT: The ciphertext does not open.',
      'line 1, field ssn: INVALID_CIPHERTEXT: The ciphertext does not open.',
      '1 line, 0 fields decrypted, 1 line failed',
    ]);
  });
});

describe('the summary counts what was written', () => {
  const opened = '{"id":1,"email":"a","ssn":1}\n{"id":2,"email":"b","ssn":2}\n';

  test.each([
    ['decrypted', decrypting],
    ['re-encrypted', ['re-encrypt', '--key', 'rotated', '--jsonl']],
  ])('%s', async (done, command) => {
    const output = (await encrypted(opened, ...rows)).replace('"id":2', '"id":3');
    const { stderr } = await run(answers, [...command, ...rows], { input: output });
    expect(reports(stderr).at(-1)).toBe(`2 lines, 2 fields ${done}, 1 line failed`);
    const { stderr: json } = await run(answers, [...command, ...rows, '--json'], { input: output });
    expect(reports(json).at(-1)).toBe('{"lines":2,"fields":2,"unchanged":0,"failed":1}');
  });

  test('encrypted', async () => {
    const errors = [{ status: rpcStatus(new Refusal('INVALID_ARGUMENT', 'No.', { reason: 'INVALID_REQUEST' })), indexes: [1] }];
    const choosy: Answers = {
      Exchange: () => ({ batch_encrypt: { ciphertext_blobs: [Buffer.from('x'), Buffer.alloc(0)], errors } }),
    };
    const { stderr } = await run(choosy, [...encrypting, ...rows], { input: opened });
    expect(reports(stderr).at(-1)).toBe('2 lines, 2 fields encrypted, 1 line failed');
  });
});

describe('re-encrypt', () => {
  const moving = ['re-encrypt', '--key', 'rotated', '--jsonl', '--field', 'email'];

  test('moves values to another key and context', async () => {
    const input = await encrypted('{"id":1,"email":"a"}\n', '--field', 'email', '--row-id', 'id', '-c', 'old=1');
    const contexts = ['--row-id', 'id', '--source-context', 'old=1', '--destination-context', 'new=2'];
    const moved = await run(answers, [...moving, ...contexts], { input });
    expect(moved).toMatchObject({ exitCode: 0, stderr: '1 line, 1 field re-encrypted, 0 lines failed\n' });
    const opening = [...decrypting, '--field', 'email', '--row-id', 'id', '-c', 'new=2'];
    expect((await run(answers, opening, { input: moved.stdout })).stdout).toBe('{"id":1,"email":"a"}\n');
  });

  test('keeps what is current already, if asked', async () => {
    const input = await encrypted('{"email":"a"}\n', '--field', 'email');
    const first = await run(answers, [...moving, '--skip-if-current'], { input });
    const mixed = `${first.stdout}${input}`;
    const second = await run(answers, [...moving, '--skip-if-current'], { input: mixed });
    expect(second.stdout.split('\n')[0]).toBe(first.stdout.trimEnd());
    expect(second.stderr).toBe('2 lines, 1 field re-encrypted, 1 field current already, 0 lines failed\n');
    const again = await run(answers, moving, { input: first.stdout });
    expect(again.stdout).not.toBe(first.stdout);
  });
});

describe('lines that fail', () => {
  test('are reported and not written; the others go on in their order', async () => {
    const bad = [
      '{"id":1,"email":"first"}',
      'not json',
      '{"email":"no id"}',
      '{"id":[],"email":"x"}',
      '{"id":5,"email":"a","email":"b"}',
      '[]',
      '{"id":7,"email":"last"}',
    ];
    const input = Buffer.concat([Buffer.from(`${bad.join('\n')}\n{"id":8,"email":"`), Buffer.of(0xff), Buffer.from('"}\n')]);
    const ended = await run(answers, [...encrypting, '--field', 'email', '--row-id', 'id'], { input });
    expect(ended.exitCode).toBe(1);
    expect(reports(ended.stderr)).toEqual([
      'line 2: NOT_JSON: It is no JSON.',
      'line 3, field id: NO_ROW_ID: It is not there, and the values are to be bound to it.',
      'line 4, field id: NO_ROW_ID: It is an object or an array and names no row.',
      'line 5, field email: AMBIGUOUS_FIELD: It is there twice.',
      'line 6: NOT_AN_OBJECT: It is JSON, but no object.',
      'line 8: NOT_UTF8: It is not valid UTF-8.',
      '8 lines, 2 fields encrypted, 6 lines failed',
    ]);
    const { stdout } = await run(answers, [...decrypting, '--field', 'email', '--row-id', 'id'], { input: ended.stdout });
    expect(stdout).toBe('{"id":1,"email":"first"}\n{"id":7,"email":"last"}\n');
  });

  test.each([
    ['a number', '1', 'NOT_A_CIPHERTEXT'],
    ['text', '"ann@example.com"', 'NOT_A_CIPHERTEXT'],
    ['an empty string', '""', 'NOT_A_CIPHERTEXT'],
    ['a single letter', '"y"', 'NOT_A_CIPHERTEXT'],
    ['base64 without its padding', '"yy"', 'NOT_A_CIPHERTEXT'],
    ['base64 that is cut off', '"aGVsbG8"', 'NOT_A_CIPHERTEXT'],
    ['base64 with more padding than it needs', '"aGVsbG8h=="', 'NOT_A_CIPHERTEXT'],
    ['one byte', '"yQ=="', 'INVALID_CIPHERTEXT'],
    ['base64 of something else', '"aGVsbG8="', 'INVALID_CIPHERTEXT'],
  ])('to decrypt: a value that is %s', async (_, value, reason) => {
    const { stdout, stderr, exitCode } = await run(answers, [...decrypting, '--field', 'email'], { input: `{"email":${value}}\n` });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toContain(`line 1, field email: ${reason}: `);
  });

  test('to decrypt: what was not encrypted as JSON', async () => {
    const output = await encrypted('{"email":"xy"}\n', '--field', 'email');
    // The plaintext is in the fake's answer only: whatever a server decrypts, a line of the output is JSON.
    const raw: Answers = { Exchange: () => ({ batch_decrypt: { plaintexts: [Buffer.from('ann@example.com')] } }) };
    const { stdout, stderr } = await run(raw, [...decrypting, '--field', 'email'], { input: output });
    expect({ stdout, report: reports(stderr)[0] }).toEqual({
      stdout: '',
      report: 'line 1, field email: NOT_JSON: What it decrypts to is no JSON value: it was not encrypted with --jsonl.',
    });
  });

  test('are JSON with --json', async () => {
    const { stderr, exitCode } = await run(answers, [...encrypting, '--field', 'email,ssn', '--json'], {
      input: '{"email":"a"}\nx\n',
    });
    expect(exitCode).toBe(1);
    expect(reports(stderr).map((line) => JSON.parse(line) as unknown)).toEqual([
      { line: 2, reason: 'NOT_JSON', message: 'It is no JSON.' },
      { field: 'ssn', reason: 'NOT_FOUND', message: 'No line that can be read has it, so nothing was encrypted for it.' },
      { lines: 2, fields: 1, unchanged: 0, failed: 1 },
    ]);
  });

  test('a field that is in no line is probably mistyped', async () => {
    const ended = await run(answers, [...encrypting, '--field', 'emial'], { input: '{"email":"a"}\n' });
    expect(ended.exitCode).toBe(1);
    expect(reports(ended.stderr)).toEqual([
      'field emial: NOT_FOUND: No line has it, so nothing was encrypted for it.',
      '1 line, 0 fields encrypted, 0 lines failed',
    ]);
    expect(await run(answers, [...encrypting, '--field', 'emial'], { input: '' })).toMatchObject({ exitCode: 0 });
  });

  test('a field is there where only its row id is missing', async () => {
    const ended = await run(answers, [...encrypting, '--field', 'email', '--row-id', 'idd'], { input: '{"id":1,"email":"a"}\n' });
    expect(reports(ended.stderr)).toEqual([
      'line 1, field idd: NO_ROW_ID: It is not there, and the values are to be bound to it.',
      '1 line, 0 fields encrypted, 1 line failed',
    ]);
  });

  test('nobody knows which fields are in lines that cannot be read', async () => {
    const ended = await run(answers, [...encrypting, '--field', 'email'], { input: 'x\n' });
    expect(reports(ended.stderr)).toEqual(['line 1: NOT_JSON: It is no JSON.', '1 line, 0 fields encrypted, 1 line failed']);
  });

  test('what concerns all ends the command', async () => {
    const disabled = new Refusal('FAILED_PRECONDITION', 'Key k is disabled.', { reason: 'KEY_DISABLED' });
    const refusing: Answers = {
      Exchange: () => {
        throw disabled;
      },
    };
    const ended = await run(refusing, [...encrypting, '--field', 'email'], { input: '{"email":"a"}\n'.repeat(3) });
    expect(ended).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ended.stderr).toBe('latchkey: Key k is disabled. [KEY_DISABLED]\n  latchkey keys enable allows its use again.\n');
  });
});

describe('wrong usage', () => {
  test.each([
    [['encrypt', '-k', 'k', '--field', 'a'], 'add --jsonl'],
    [['encrypt', '-k', 'k', '--row-id', 'a'], 'add --jsonl'],
    [['encrypt', '-k', 'k', '--jsonl'], 'needs --field'],
    [['encrypt', '-k', 'k', '--jsonl', '--field', 'a,,b'], 'Give names'],
    [['encrypt', '-k', 'k', '--jsonl', '--field', 'a,b', '--field', 'a'], 'the same or one in the other'],
    [['encrypt', '-k', 'k', '--jsonl', '--field', 'a.b,a'], 'the same or one in the other'],
    [['encrypt', '-k', 'k', '--jsonl', '--field', 'a', '--row-id', 'a.id'], 'the same or one in the other'],
    [['encrypt', '-k', 'k', '--jsonl', '--field', 'a', '-c', 'row-id=1'], 'sets "row-id" in the context itself'],
    [['decrypt', '--jsonl', '--field', 'a', '-c', 'field=1'], 'sets "field" in the context itself'],
    [['re-encrypt', '-k', 'k', '--jsonl', '--field', 'a', '--source-context', 'field=1'], 'sets "field"'],
    [['encrypt', '-k', 'k', '--jsonl', '--field', 'a', '--file', 'f'], 'cannot be used with'],
    [['re-encrypt', '-k', 'k', '--skip-if-current'], 'add --jsonl'],
  ])('%j', async (args, why) => {
    expect(await runCli(args)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(why) as string });
  });
});

describe('streams', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `{"id":${index},"email":"user ${index}","ssn":"${index * 7}"}\n`).join(
    '',
  );

  test('keep their order over many batches', async () => {
    writeFileSync(path('in'), many);
    const { stdout: output, stderr } = await run(answers, [...encrypting, ...rows, '--in', 'in']);
    expect(stderr).toBe('20000 lines, 40000 fields encrypted, 0 lines failed\n');
    expect((await run(answers, [...decrypting, ...rows], { input: output })).stdout).toBe(many);
  });

  test('end quietly when their reader has enough', async () => {
    const { address, stop } = await serve(answers);
    writeFileSync(path('in'), many);
    const script = 'set -o pipefail; "$1" "$2" encrypt -k k --jsonl --field email --address "$3" < "$4" | head -c 3';
    const { stdout, stderr } = await promisify(execFile)('bash', [
      '-c',
      script,
      'bash',
      process.execPath,
      mainPath,
      address,
      path('in'),
    ]);
    stop();
    expect({ stdout, stderr }).toEqual({ stdout: '{"i', stderr: '' });
  });

  test('answer lines while the next is waited for', async () => {
    const { address, stop } = await serve(answers);
    const script = '(echo "{\\"email\\":1}"; sleep 30) | "$1" "$2" encrypt -k k --jsonl --field email --address "$3" | head -n 1';
    const begun = Date.now();
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `exec timeout 10 sh -c '${script}' sh "$@"`,
      'sh',
      process.execPath,
      mainPath,
      address,
    ]).catch((error: unknown) => error as { stdout: string });
    stop();
    expect(stdout).toMatch(/^\{"email":"[^"]+"\}\n$/);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  test('show on a terminal how far they are', async () => {
    let calls = 0;
    const slow: Answers = {
      Exchange: async (request) => {
        calls += 1;
        if (calls === 2) await new Promise((resolve) => setTimeout(resolve, 1_000));
        return answerOf(request, keys);
      },
    };
    writeFileSync(path('in'), many);
    const { address, stop } = await serve(slow);
    const args = [...encrypting, '--field', 'email', '--in', path('in'), '--json'];
    const { screen } = await runOnTerminal(args, { address, typed: '', stdout: path('out') });
    stop();
    const drawn = screen.split('\r').filter((line) => line.includes('%'));
    expect(drawn.length).toBeGreaterThan(2);
    expect(drawn.at(-2)).toMatch(/^ +\d+ % \[=*>? *\] \d+ lines, .* of 920 KiB, .*\/s, \d+:\d\d left *$/);
    expect(screen).toContain('{"lines":20000,"fields":20000,"unchanged":0,"failed":0}');
  });
});
