"""What the service says of a request that protobuf accepts: the rules of native/wire/requests.h, written a second time
over Google's message classes."""

OPERATIONS = (
    'Encrypt',
    'Decrypt',
    'ReEncrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateRandom',
    'DescribeCiphertext',
)
MAX_PAIRS = 64
MAX_CONTEXT_BYTES = 8192
MAX_PLAINTEXT_BYTES = 1 << 20  # kTestLimits of test/native/wire/round_trip.h
MAX_BLOB_BYTES = MAX_PLAINTEXT_BYTES + 74


def judge(request):
    """A status of the native code, for the first rule that is broken."""
    return next((status for status in broken_rules(request) if status is not None), 'OK')


def broken_rules(request):
    contexts = [getattr(request, field.name) for field in context_fields(request)]
    yield from ('CONTEXT_TOO_MANY_PAIRS' if len(context) > MAX_PAIRS else None for context in contexts)
    for name, rule in CHECKS[request.DESCRIPTOR.name.removesuffix('Request')]:
        yield rule(getattr(request, name) if name else request)
    yield from ('CONTEXT_TOO_LARGE' if canonical_bytes(context) > MAX_CONTEXT_BYTES else None for context in contexts)


def read_fields(request):
    """The fields as parse_request prints them."""
    fields = {field.name: printed(request, field) for field in request.DESCRIPTOR.fields if not in_oneof(field)}
    return fields | ({'length': data_key_length(request)} if has_length(request) else {})


def context_fields(request):
    return [field for field in request.DESCRIPTOR.fields if field.name.endswith('encryption_context')]


def printed(request, field):
    value = getattr(request, field.name)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.encode().hex()
    if isinstance(value, int):
        return None if field.has_presence and not request.HasField(field.name) else value
    return [[key.hex(), value.hex()] for key, value in sorted((k.encode(), v.encode()) for k, v in value.items())]


def in_oneof(field):
    return field.containing_oneof is not None and field.containing_oneof.name == 'length'


def has_length(request):
    return 'length' in request.DESCRIPTOR.oneofs_by_name


def data_key_length(request):
    if request.WhichOneof('length') == 'number_of_bytes':
        return request.number_of_bytes
    return {1: 32, 2: 16}[request.key_spec]


def canonical_bytes(context):
    return 4 + sum(4 + len(key.encode()) + 4 + len(value.encode()) for key, value in context.items())


def check_key_id(key_id):
    return None if key_id else 'KEY_ID_MISSING'


def check_plaintext(plaintext):
    if not plaintext:
        return 'PLAINTEXT_MISSING'
    return None if len(plaintext) <= MAX_PLAINTEXT_BYTES else 'PLAINTEXT_TOO_LARGE'


def check_blob(blob):
    if not blob:
        return 'CIPHERTEXT_MISSING'
    return None if len(blob) <= MAX_BLOB_BYTES else 'CIPHERTEXT_TOO_LARGE'


def check_length(request):
    if request.WhichOneof('length') == 'number_of_bytes':
        return check_number(request.number_of_bytes)
    return {0: 'LENGTH_MISSING', 1: None, 2: None}.get(request.key_spec, 'DATA_KEY_SPEC_UNKNOWN')


def check_number(number):
    return None if 1 <= number <= 1024 else 'LENGTH_OUT_OF_RANGE'


# Field and rule, in the order of the checks; None is the whole request.
DATA_KEY_CHECKS = (('key_id', check_key_id), (None, check_length))
CHECKS = {
    'Encrypt': (('key_id', check_key_id), ('plaintext', check_plaintext)),
    'Decrypt': (('ciphertext_blob', check_blob),),
    'ReEncrypt': (('destination_key_id', check_key_id), ('ciphertext_blob', check_blob)),
    'GenerateDataKey': DATA_KEY_CHECKS,
    'GenerateDataKeyWithoutPlaintext': DATA_KEY_CHECKS,
    'GenerateRandom': (('number_of_bytes', check_number),),
    'DescribeCiphertext': (('ciphertext_blob', check_blob),),
}
