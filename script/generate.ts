/**
 * Makes, from proto/, everything that is derived from it (none of it is in git):
 *   src/generated/error-reasons.ts  the closed list of reasons
 *   src/generated/**                the messages' types as proto-loader decodes them
 *   build/descriptors.binpb         a FileDescriptorSet, for reflection
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

process.chdir(join(import.meta.dirname, '..'));

const protoFiles = readdirSync('proto', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.proto'));

// Made beside its final place and moved in one step, so that nobody compiles half of it.
const staging = 'build/generated';
rmSync(staging, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
writeMessageTypes(staging);
writeErrorReasons(join(staging, 'error-reasons.ts'));
writeDescriptors('build/descriptors.binpb');
rmSync('src/generated', { recursive: true, force: true });
renameSync(staging, 'src/generated');

/** The options must be those that the server and the client pass to proto-loader. */
function writeMessageTypes(directory: string): void {
  const options = ['--keepCase', '--longs=String', '--enums=String', '--defaults', '--oneofs', '--includeComments'];
  const files = [
    '--grpcLib=@grpc/grpc-js',
    '--targetFileExtension=.ts',
    '--importFileExtension=.ts',
    '--includeDirs=proto',
    `--outDir=${directory}`,
  ];
  run('proto-loader-gen-types', [...options, ...files, ...protoFiles]);
  // Beside the messages it writes one ProtoGrpcType per proto file; without a service that has unused imports.
  const protoGrpcTypes = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of protoGrpcTypes.map((entry) => join(directory, entry.name))) {
    if (!readFileSync(path, 'utf8').includes('typeof grpc.Client')) rmSync(path);
  }
}

function writeErrorReasons(path: string): void {
  const prefix = 'ERROR_REASON_';
  const reasons = errorReasonValues()
    .map((name) => name.slice(prefix.length))
    .filter((name) => name !== 'UNSPECIFIED');
  const lines = [
    '// Generated from proto/latchkey/v1/errors.proto by script/generate.ts.',
    'export const errorReasons = [',
    ...reasons.map((reason) => `  '${reason}',`),
    '] as const;',
    'export type ErrorReason = (typeof errorReasons)[number];',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
}

function errorReasonValues(): string[] {
  interface Descriptors {
    readonly file: readonly {
      readonly enumType?: readonly { readonly name: string; readonly value: readonly { readonly name: string }[] }[];
    }[];
  }
  const descriptors = JSON.parse(run('buf', ['build', '--exclude-source-info', '--output=-#format=json'])) as Descriptors;
  const errorReason = descriptors.file.flatMap((file) => file.enumType ?? []).find((type) => type.name === 'ErrorReason');
  if (errorReason === undefined) throw new Error('proto/ declares no enum ErrorReason.');
  return errorReason.value.map((value) => value.name);
}

function writeDescriptors(path: string): void {
  run('buf', ['build', '--as-file-descriptor-set', '--exclude-source-info', `--output=${path}`]);
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(join('node_modules/.bin', command), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
