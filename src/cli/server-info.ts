import type { Command } from 'commander';
import type { GetServerInfoResponse__Output } from '../generated/latchkey/v1/GetServerInfoResponse.ts';
import type { GlobalOptions } from './command-options.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';
import { count, details } from './text.ts';

export function addServerInfo(program: Command): void {
  const facts = program
    .command('server-info')
    .summary("show the server's version, formats and limits")
    .description("Shows the server's version, the formats it writes and reads, and its limits.")
    .action((_: unknown, command: Command) => serverInfo(command.optsWithGlobals()));
  withHelp(facts, ['latchkey server-info', 'latchkey server-info --address unix:/run/latchkey.sock']);
}

async function serverInfo(options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.server.getServerInfo({});
    print(options.json ? messageJson(response) : serverDetails(response, options.address));
  });
}

function serverDetails({ version, openssl_version, formats, limits }: GetServerInfoResponse__Output, address: string): string {
  return details([
    ['Server', `latchkey ${version} at ${address}`],
    ['OpenSSL', openssl_version],
    ['Encrypts with', formats === null ? '-' : `${formats.ciphertext_suite}, ciphertext format ${formats.ciphertext_blob_version}`],
    ['Decrypts', formats === null ? '-' : `ciphertext format ${formats.readable_ciphertext_blob_versions.join(', ')}`],
    ['Store', formats === null ? '-' : `version ${formats.store_version}`],
    ['Plaintext', limits === null ? '-' : `at most ${count(limits.max_plaintext_bytes, 'byte')}`],
    ['Message', limits === null ? '-' : `at most ${count(limits.max_message_bytes, 'byte')}`],
    [
      'Context',
      limits === null
        ? '-'
        : `at most ${count(limits.max_encryption_context_pairs, 'pair')}, ${count(limits.max_encryption_context_bytes, 'byte')}`,
    ],
    ['Random', limits === null ? '-' : `at most ${count(limits.max_random_bytes, 'byte')}`],
    ['Aliases', limits === null ? '-' : `at most ${limits.max_aliases_per_key} of one key`],
  ]);
}
