import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MessageTypeDefinition, type PackageDefinition, type ServiceDefinition, loadSync } from '@grpc/proto-loader';
import protobuf from 'protobufjs/minimal.js';

/** The protocol as proto/ declares it. */
export interface Protocol {
  service(name: string): ServiceDefinition;
  /** A message of proto/google/rpc, to be serialized. */
  message(name: string): MessageTypeDefinition<object, object>;
  /** For the reflection service: the definitions with the descriptors that buf made of the proto files. */
  readonly described: PackageDefinition;
}

export function loadProtocol(): Protocol {
  const definitions = loadSync(files, {
    includeDirs: [protoDirectory],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return {
    service: (name) => find(definitions, name, isService),
    message: (name) => find(definitions, name, isMessage),
    described: described(definitions),
  };
}

type Definition = PackageDefinition[string];

function find<T extends Definition>(
  definitions: PackageDefinition,
  name: string,
  is: (definition: Definition) => definition is T,
): T {
  const definition = definitions[name];
  if (definition === undefined || !is(definition)) throw new Error(`proto/ declares no ${name}.`);
  return definition;
}

function isService(definition: Definition): definition is ServiceDefinition {
  return !('format' in definition);
}

function isMessage(definition: Definition): definition is MessageTypeDefinition<object, object> {
  return definition.format === 'Protocol Buffer 3 DescriptorProto';
}

/** The descriptors that proto-loader makes itself are not valid for map fields (grpc/grpc-node#2595 is about the same code). */
function described(definitions: PackageDefinition): PackageDefinition {
  const fileDescriptorProtos = splitFileDescriptorSet(readFileSync(descriptorsPath));
  const entries = Object.entries(definitions);
  return Object.fromEntries(
    entries.map(([name, definition]) => [
      name,
      'fileDescriptorProtos' in definition ? { ...definition, fileDescriptorProtos } : definition,
    ]),
  ) as PackageDefinition;
}

/** A FileDescriptorSet is a message whose only field, number 1, is repeated. */
function splitFileDescriptorSet(bytes: Buffer): Buffer[] {
  const reader = protobuf.Reader.create(bytes);
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    reader.uint32();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}

const root = join(import.meta.dirname, '..', '..');
const protoDirectory = join(root, 'proto');
const descriptorsPath = join(root, 'build', 'descriptors.binpb');
const files = ['crypto', 'keys', 'access', 'server', 'errors']
  .map((name) => `latchkey/v1/${name}.proto`)
  .concat('google/rpc/status.proto', 'google/rpc/error_details.proto');
