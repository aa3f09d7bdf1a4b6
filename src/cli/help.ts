import type { Command } from 'commander';

/** Adds examples and the exit codes to a command's help. */
export function withHelp(command: Command, examples: readonly string[]): void {
  const lines = examples.map((example) => `  ${example}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}\n\n${exitCodeHelp}`);
}

/** A key id for examples. */
export const exampleKey = '1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11';

/** A grant's id for examples. */
export const exampleGrant = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';

/** A backing key's id for examples. */
export const exampleMaterial = '5afe6cda12811a6d1d3b149f2a09434a4d3a7bf509f43dc8c04552fd61879a4b';

const exitCodeHelp = `Exit codes:
  0  done
  1  a bug, here or in the server; with --jsonl, lines that failed
  2  wrong usage, or not confirmed
  3  refused by the server
  4  no server, or no answer in time
  5  a file, stdin or stdout cannot be read or written, or holds something else`;
