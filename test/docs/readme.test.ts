import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useServer } from '../e2e/using-server.ts';
import { fencedBlocks, readDocument, repositoryRoot } from './documents.ts';

/**
 * Runs what README.md shows, as it stands there, with LATCHKEY_ADDRESS, in a folder that looks like a checkout.
 * The Go example needs a toolchain that not everybody has: test/docs/run-go-example.ts.
 */
const readme = readDocument('README.md');
const folder = mkdtempSync(join(tmpdir(), 'latchkey-readme-'));
/** Inside the repository, where `latchkey/client` is this package. */
const insidePackage = join(repositoryRoot, 'build/readme');
const running = useServer();

beforeAll(() => {
  // As in a checkout where the server was started.
  symlinkSync(running.server.secretsDirectory, join(folder, 'secrets'));
  for (const name of ['script', 'proto', 'node_modules']) symlinkSync(join(repositoryRoot, name), join(folder, name));
  for (const example of ['python', 'go']) mkdirSync(join(folder, 'examples', example), { recursive: true });
  mkdirSync(insidePackage, { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(insidePackage, { recursive: true });
});

it('the command line makes a key, encrypts and decrypts', { timeout: 60_000 }, async () => {
  const [commands = ''] = fencedBlocks(readme, 'bash');
  expect(commands.trimEnd().split('\n')).toHaveLength(5);
  const output = await run('bash', ['-euo', 'pipefail', '-c', commands]);
  expect(output).toContain('alias/payments names it.');
  expect(output).toContain('XAES-256-GCM');
  expect(output).toContain('\nattack at dawn\n');
});

it('the command line encrypts and decrypts a file', { timeout: 60_000 }, async () => {
  const [, commands = ''] = fencedBlocks(readme, 'bash');
  writeFileSync(join(folder, 'backup.tar'), Buffer.alloc(1_000_000, 'a backup '));
  await run('bash', ['-euo', 'pipefail', '-c', commands]);
  expect(readFileSync(join(folder, 'backup.tar.lko')).toString('latin1', 0, 4)).toBe('LKOB');
  expect(readFileSync(join(folder, 'restored.tar'))).toEqual(readFileSync(join(folder, 'backup.tar')));
});

it('the command line makes somebody, and says what they may do', { timeout: 60_000 }, async () => {
  const [, , commands = ''] = fencedBlocks(readme, 'bash');
  const output = await run('bash', ['-euo', 'pipefail', '-c', commands]);
  expect(output).toMatch(/^ARN +arn:aws:iam::000000000000:user\/token\/alice$/m);
  expect(output).toMatch(/^Allowed by .*\n[^]*^Denied/m);
  const { principal } = await running.latchkey.access.describePrincipal({ principal: 'user/token/alice' });
  expect(principal?.enabled).toBe(false);
});

it('the Node example makes a key, encrypts and decrypts', async () => {
  const [example = ''] = fencedBlocks(readme, 'js');
  expect(example).toBe(readDocument('examples/node/quickstart.js'));
  const path = join(insidePackage, 'quickstart.js');
  writeFileSync(path, example);
  expect(await run('node', [path])).toBe('attack at dawn\n');
});

it('many rows are encrypted where README says that this goes', async () => {
  const [example = '', many = ''] = fencedBlocks(readme, 'js');
  const save = 'const save = async (row, ciphertext) => console.log(row, ciphertext.length);';
  const path = join(insidePackage, 'many.js');
  writeFileSync(path, example.replace('latchkey.close();', `${save}\n${many}latchkey.close();`));
  expect(await run('node', [path])).toBe('attack at dawn\n1 87\n');
});

it('another gRPC tool calls the server by reflection', { timeout: 60_000 }, async () => {
  const command = fencedBlocks(readme, 'sh').find((block) => block.includes('buf curl')) ?? '';
  const output = await run('bash', ['-euo', 'pipefail', '-c', command.replace('127.0.0.1:50051', running.server.address)]);
  expect(JSON.parse(output)).toHaveProperty('keys');
});

it('the Python example makes a key, encrypts and decrypts', { timeout: 60_000 }, async () => {
  const [example = ''] = fencedBlocks(readme, 'python');
  expect(example).toBe(readDocument('examples/python/quickstart.py'));
  writeFileSync(join(folder, 'examples/python/quickstart.py'), example);
  const commands = fencedBlocks(readme, 'sh').find((block) => block.includes('quickstart.py')) ?? '';
  expect(await run('bash', ['-euo', 'pipefail', '-c', commands])).toBe('attack at dawn\n');
});

it('the Go example is the middle of examples/go/main.go', () => {
  const [example = ''] = fencedBlocks(readme, 'go');
  expect(example).toContain('Decrypt');
  expect(readDocument('examples/go/main.go')).toContain(example);
});

it('the ready line has the fields that the server writes', () => {
  const [example = ''] = fencedBlocks(readme, 'json');
  const ready = running.server.log.find((line) => line.includes('"msg":"ready"')) ?? '';
  expect(Object.keys(JSON.parse(example) as object)).toEqual(Object.keys(JSON.parse(ready) as object));
});

/** Answers what it wrote to stdout; throws when it fails. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const PATH = `${join(repositoryRoot, 'build/venv/bin')}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH, LATCHKEY_ADDRESS: running.server.address };
  const { stdout } = await promisify(execFile)(program, args, { cwd: folder, env });
  return stdout;
}
