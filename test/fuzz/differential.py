"""Compares the request parsers with Google's (upb, in Python's protobuf) over generated and damaged requests.

    python3 test/fuzz/differential.py build/native-tests/parse_request [--count 200000] [--seed 1]

Needs protobuf 7 and grpcio-tools (test/python/requirements.txt). Both parsers must accept the same requests and read the
same values from them, except where ours is stricter or other by decision: ALLOWED lists every such difference. Prints
how often each was met; exits with 1 at any other, which it prints. The same seed makes the same requests.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
from importlib import resources

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory, unknown_fields
from google.protobuf.internal import api_implementation
from grpc_tools import protoc
from request_generator import DEEPEST_GROUP, damaged, example
from request_rules import MAX_PAIRS, OPERATIONS, column_key, context_fields, judge, operation_of, read_fields

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / 'test/vectors/wire-differential/requests.txt'
BATCH = 10_000
DELIMITED, GROUP = 2, 3  # wire types

ALLOWED = {
    'duplicate-context-key': 'We refuse two pairs with one key; upb keeps the last.',
    'too-many-entries': 'We refuse the 65th entry of a map before reading on; upb counts keys, at the end.',
    'too-many-items': 'We refuse the 100 001st item before reading on, to a malformed field; upb reads all.',
    'too-many-tokens': 'We refuse the 11th grant token before reading on, to a malformed field; upb reads all.',
    'field-zero-in-group': 'We refuse field number 0 in unknown groups too; upb skips it there.',
    'varint-overflow': 'We refuse varints beyond 64 bits; upb drops the bits.',
    'unknown-field-in-pair': 'We skip an unknown field in a map entry, as C++, Go and Java do; upb drops the pair.',
    'group-depth-in-message': 'We allow groups 100 deep in a map entry or timeout too; upb counts that as a level.',
    'request-unread': 'We hand the request in one of Exchange to the parser of its own; upb reads it at once.',
    'second-request': 'We refuse a second member of the oneof of Exchange; upb merges it or keeps the last.',
}


def main():
    arguments = read_arguments()
    if api_implementation.Type() != 'upb':
        sys.exit(f'this protobuf runs on {api_implementation.Type()}, not on upb')
    classes = request_classes()
    generator = random.Random(arguments.seed)
    cases = list(read_vectors())
    cases += [generated(generator, classes) for _ in range(arguments.count)]

    outcomes, differences = collections.Counter(), []
    for start in range(0, len(cases), BATCH):
        batch = cases[start : start + BATCH]
        for (operation, request), ours in zip(batch, ask(arguments.parse_request, batch), strict=True):
            outcome = compare(classes[operation], request, ours)
            outcomes[outcome] += 1
            if outcome == 'DIFFERENT':
                differences.append((OPERATIONS[operation], request.hex(), ours))

    for outcome, count in sorted(outcomes.items()):
        print(f'{count:8}  {outcome}{": " + ALLOWED[outcome] if outcome in ALLOWED else ""}')
    for operation, request, ours in sorted(differences, key=lambda found: len(found[1]))[:5]:
        print('DIFFERENT', operation, ours, request)
    print(f'{len(cases) - len(differences)} requests agree, {len(differences)} differ')
    return 1 if differences else 0


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('parse_request', help='the program built from parse_request_main.cc')
    parser.add_argument('--count', type=int, default=200_000)
    parser.add_argument('--seed', type=int, default=1)
    return parser.parse_args()


def request_classes():
    """The request classes of the proto file as it is now, by index of operation."""
    with tempfile.NamedTemporaryFile() as descriptors:
        includes = [f'-I{ROOT}/proto', f'-I{resources.files("grpc_tools") / "_proto"}']
        outputs = [f'--descriptor_set_out={descriptors.name}', '--include_imports', 'latchkey/v1/crypto.proto']
        if protoc.main(['protoc', *includes, *outputs]) != 0:
            sys.exit('protoc failed')
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    names = [f'latchkey.v1.{operation}Request' for operation in OPERATIONS]
    return [message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names]


def read_vectors():
    for line in VECTORS.read_text().splitlines():
        if line and not line.startswith('#'):
            _name, operation, _status, *request = line.split()
            yield OPERATIONS.index(operation), bytes.fromhex(''.join(request))


def generated(generator, classes):
    operation = generator.randrange(len(OPERATIONS))
    request = example(generator, classes[operation])
    return operation, damaged(generator, request) if generator.random() < 0.85 else request


def ask(program, batch):
    frames = b''.join(struct.pack('>BI', operation, len(request)) + request for operation, request in batch)
    lines = subprocess.run([program], input=frames, stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def compare(message_class, request, ours):
    """The name of an outcome: how the two agree, an allowed difference, or DIFFERENT."""
    try:
        theirs = message_class.FromString(request)
    except message.DecodeError:
        return compare_refusal(message_class, request, ours)
    expected = judge(theirs)
    if expected == ours['status']:
        return agreement(expected, theirs, ours)
    if ours['status'] == 'MALFORMED_REQUEST':
        return compare_malformed(request, theirs)
    if has_dropped_pairs(theirs):
        return 'unknown-field-in-pair'
    entries = count_entries(request, theirs)
    if ours['status'] == 'CONTEXT_TOO_MANY_PAIRS' and any(entries[name] > limit for name, limit in pair_limits(theirs)):
        return 'too-many-entries'
    has_duplicates = any(count > len(getattr(theirs, name)) for name, count in entries.items())
    # Of two large values of one key we count both.
    if ours['status'] in ('CONTEXT_DUPLICATE_KEY', 'CONTEXT_TOO_LARGE') and has_duplicates:
        return 'duplicate-context-key'
    return 'DIFFERENT'


def compare_refusal(message_class, request, ours):
    """The same where upb refuses the protobuf."""
    if ours['status'] in ('MALFORMED_REQUEST', 'INVALID_UTF8'):
        return 'both refuse the protobuf'
    if ours['status'] == 'CONTEXT_TOO_MANY_PAIRS':
        return 'too-many-entries'
    if ours['status'] == 'TOO_MANY_ITEMS':
        return 'too-many-items'
    if ours['status'] == 'TOO_MANY_GRANT_TOKENS':
        return 'too-many-tokens'
    if not all(accepts(*member) for member in members(message_class, request)):
        return 'request-unread'
    return 'group-depth-in-message' if DEEPEST_GROUP in request else 'DIFFERENT'


def compare_malformed(request, theirs):
    """The same where we refuse the protobuf and upb does not."""
    if len(members(type(theirs), request)) > 1:
        return 'second-request'
    if any(has_field_zero(parsed) for parsed in [theirs, *messages_within(theirs)]):
        return 'field-zero-in-group'
    return 'varint-overflow' if has_overflow(request) else 'DIFFERENT'


def agreement(expected, theirs, ours):
    if expected != 'OK':
        return f'both refuse: {expected}'
    read = {name: value for name, value in ours.items() if name not in ('status', 'request')}
    if read_fields(theirs) == read and is_same_request(theirs, ours):
        return 'both accept, the same values'
    return 'unknown-field-in-pair' if has_dropped_pairs(theirs) else 'DIFFERENT'


def is_same_request(theirs, ours):
    """Whether the bytes that we hand on are the request that upb has read; true without one."""
    if not ours.get('request_field'):
        return ours.get('request', '') == ''
    member = getattr(theirs, theirs.WhichOneof('request'))
    return type(member).FromString(bytes.fromhex(ours['request'])) == member


def accepts(message_class, request):
    try:
        message_class.FromString(request)
    except message.DecodeError:
        return False
    return True


def members(message_class, request):
    """Class and bytes of each request in one of Exchange."""
    oneof = message_class.DESCRIPTOR.oneofs_by_name.get('request')
    types = {field.number: field.message_type for field in oneof.fields} if oneof else {}
    return [
        (message_factory.GetMessageClass(types[field.field_number]), field.data)
        for field in delimited_fields(NO_FIELDS.FromString(request))
        if field.field_number in types
    ]


def messages_within(theirs):
    """What of its messages our parser reads too."""
    return [theirs.timeout] if operation_of(theirs) == 'Exchange' else dropped_pairs(theirs)


def pair_limits(theirs):
    """How many entries each map may have beside its column."""
    return [(field.name, MAX_PAIRS - bool(column_key(theirs, field))) for field in context_fields(theirs)]


def has_overflow(request):
    """Whether ten bytes in it could be a varint beyond 64 bits."""
    return re.search(rb'[\x80-\xff]{9}[\x02-\x7f]', request) is not None


def has_field_zero(parsed):
    pending = list(unknown_fields.UnknownFieldSet(parsed))
    for field in pending:
        if field.wire_type == GROUP:
            pending.extend(field.data)
    return any(field.field_number == 0 for field in pending)


def has_dropped_pairs(theirs):
    return len(dropped_pairs(theirs)) > 0


def dropped_pairs(theirs):
    """The entries of maps that upb keeps as unknown fields."""
    numbers = {field.number for field in context_fields(theirs)}
    return [NO_FIELDS.FromString(field.data) for field in delimited_fields(theirs) if field.field_number in numbers]


def count_entries(request, theirs):
    """Entries of each map, by its name: to a message without fields they are unknown fields, and all there."""
    numbers = collections.Counter(field.field_number for field in delimited_fields(NO_FIELDS.FromString(request)))
    return {field.name: numbers[field.number] for field in context_fields(theirs)}


def delimited_fields(parsed):
    return [field for field in unknown_fields.UnknownFieldSet(parsed) if field.wire_type == DELIMITED]


def class_without_fields():
    file = descriptor_pb2.FileDescriptorProto(name='no_fields.proto', package='test', syntax='proto3')
    file.message_type.add(name='NoFields')
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName('test.NoFields'))


NO_FIELDS = class_without_fields()

if __name__ == '__main__':
    sys.exit(main())
