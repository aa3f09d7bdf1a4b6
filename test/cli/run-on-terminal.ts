import { spawn } from 'node:child_process';
import { mainPath } from './run-cli.ts';

/**
 * Runs the command line on a terminal of its own (util-linux's `script`) where somebody types `typed`, and returns all that is to be
 * seen there: what is typed, stdout, unless that goes to a file, and stderr. Ctrl-D follows what is typed.
 */
export async function runOnTerminal(
  args: readonly string[],
  { address, typed, stdout }: { address: string; typed: string; stdout?: string },
): Promise<{ exitCode: number | null; screen: string }> {
  const command = [process.execPath, mainPath, ...args].map((word) => `'${word}'`).join(' ');
  const redirected = stdout === undefined ? command : `${command} > '${stdout}'`;
  const child = spawn('sh', ['-c', 'exec script -qec "$1" /dev/null', 'sh', redirected], {
    env: { ...process.env, LATCHKEY_ADDRESS: address },
    timeout: 20_000,
  });
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    // Nobody answers before the question: what is typed earlier is echoed earlier.
    if (screen.endsWith('go on: ') && child.stdin.writable) child.stdin.end(typed);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { exitCode, screen: screen.replaceAll('\r\n', '\n') };
}
