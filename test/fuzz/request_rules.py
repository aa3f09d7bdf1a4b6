"""What the service says of a request that protobuf accepts: the rules of native/wire (requests.h, batch_requests.h,
exchange.h), written a second time over Google's message classes."""

OPERATIONS = (
    'Encrypt',
    'Decrypt',
    'ReEncrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateRandom',
    'DescribeCiphertext',
    'BatchEncrypt',
    'BatchDecrypt',
    'BatchReEncrypt',
    'BatchGenerateDataKey',
    'Exchange',
)
MAX_PAIRS = 64
MAX_CONTEXT_BYTES = 8192
MAX_PLAINTEXT_BYTES = 1 << 20  # kTestLimits of test/native/wire/round_trip.h
MAX_BLOB_BYTES = MAX_PLAINTEXT_BYTES + 74
MAX_ITEMS = 100_000
MAX_GRANT_TOKENS = 10
MAX_GRANT_TOKEN_BYTES = 8192
MAX_TIMEOUT_MS = 2**31 - 1
NANOS_PER_SECOND, NANOS_PER_MS = 10**9, 10**6


def judge(request):
    """A status of the native code, for the first rule that is broken."""
    return next((status for status in broken_rules(request) if status is not None), 'OK')


def broken_rules(request):
    yield from (check_count(request, field) for field in request.DESCRIPTOR.fields)
    for name, rule in CHECKS[operation_of(request)]:
        yield rule(getattr(request, name) if name else request)
    for field in context_fields(request):
        yield check_context(request, field)
    yield from (check_grant_token(token) for token in getattr(request, 'grant_tokens', ()))


def read_fields(request):
    """The fields as parse_request prints them, but for the request in one of Exchange."""
    if operation_of(request) == 'Exchange':
        timeout_ms = milliseconds(request.timeout) if request.HasField('timeout') else None
        return {'id': request.id, 'timeout_ms': timeout_ms, 'request_field': member_number(request)}
    fields = {field.name: printed(request, field) for field in request.DESCRIPTOR.fields if not in_oneof(field)}
    return fields | ({'length': data_key_length(request)} if has_length(request) else {})


def operation_of(request):
    return request.DESCRIPTOR.name.removesuffix('Request')


def context_fields(request):
    return [field for field in request.DESCRIPTOR.fields if field.name.endswith('encryption_context')]


def column_key(request, context_field):
    """Key of the column that belongs to a context; empty where there is none."""
    return getattr(request, context_field.name.replace('encryption_context', 'item_context_key'), '')


def member_number(request):
    member = request.WhichOneof('request')
    return request.DESCRIPTOR.fields_by_name[member].number if member else 0


def printed(request, field):
    value = getattr(request, field.name)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.encode().hex()
    if isinstance(value, int):  # or bool
        return None if field.has_presence and not request.HasField(field.name) else value
    if field.type == field.TYPE_BYTES:
        return [item.hex() for item in value]
    if field.type == field.TYPE_STRING:
        return [item.encode().hex() for item in value]
    return [[key.hex(), value.hex()] for key, value in sorted((k.encode(), v.encode()) for k, v in value.items())]


def in_oneof(field):
    return field.containing_oneof is not None and field.containing_oneof.name == 'length'


def has_length(request):
    return 'length' in request.DESCRIPTOR.oneofs_by_name


def data_key_length(request):
    if request.WhichOneof('length') == 'number_of_bytes':
        return request.number_of_bytes
    return {1: 32, 2: 16}[request.key_spec]


def milliseconds(timeout):
    """Rounded up, cut, and 0 when it is negative."""
    nanos = timeout.seconds * NANOS_PER_SECOND + timeout.nanos
    return max(0, min(-(-nanos // NANOS_PER_MS), MAX_TIMEOUT_MS))


def canonical_bytes(context):
    return 4 + sum(4 + len(key.encode()) + 4 + len(value.encode()) for key, value in context.items())


def check_count(request, field):
    """What is refused as soon as there are too many of it."""
    if field.name.endswith('encryption_context'):
        return 'CONTEXT_TOO_MANY_PAIRS' if len(getattr(request, field.name)) > MAX_PAIRS else None
    if field.name in ('plaintexts', 'ciphertext_blobs'):
        return 'TOO_MANY_ITEMS' if len(getattr(request, field.name)) > MAX_ITEMS else None
    if field.name == 'grant_tokens':
        return 'TOO_MANY_GRANT_TOKENS' if len(request.grant_tokens) > MAX_GRANT_TOKENS else None
    return None


def check_context(request, field):
    context = getattr(request, field.name)
    if column_key(request, field) and len(context) == MAX_PAIRS:
        return 'CONTEXT_TOO_MANY_PAIRS'
    return 'CONTEXT_TOO_LARGE' if canonical_bytes(context) > MAX_CONTEXT_BYTES else None


def check_grant_token(token):
    return None if 1 <= len(token.encode()) <= MAX_GRANT_TOKEN_BYTES else 'GRANT_TOKEN_OUT_OF_RANGE'


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


def check_items(items):
    return 'ITEMS_MISSING' if len(items) == 0 else None


def check_item_count(count):
    if count == 0:
        return 'ITEMS_MISSING'
    return 'TOO_MANY_ITEMS' if count > MAX_ITEMS else None


def check_columns(request):
    checked = (check_column(request, field) for field in context_fields(request))
    return next((status for status in checked if status is not None), None)


def check_column(request, context_field):
    key = column_key(request, context_field)
    values = getattr(request, context_field.name.replace('encryption_context', 'item_context_values'))
    items = request.plaintexts if operation_of(request) == 'BatchEncrypt' else request.ciphertext_blobs
    if len(values) != (len(items) if key else 0):
        return 'COLUMN_LENGTH_MISMATCH'
    return 'COLUMN_KEY_COLLIDES' if key and key in getattr(request, context_field.name) else None


def check_id(number):
    return None if number else 'EXCHANGE_ID_MISSING'


def check_timeout(timeout):
    in_range = abs(timeout.nanos) < NANOS_PER_SECOND and timeout.seconds * timeout.nanos >= 0
    return None if in_range else 'TIMEOUT_OUT_OF_RANGE'


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
    'BatchEncrypt': (('key_id', check_key_id), ('plaintexts', check_items), (None, check_columns)),
    'BatchDecrypt': (('ciphertext_blobs', check_items), (None, check_columns)),
    'BatchReEncrypt': (('destination_key_id', check_key_id), ('ciphertext_blobs', check_items), (None, check_columns)),
    'BatchGenerateDataKey': (('key_id', check_key_id), ('count', check_item_count), (None, check_length)),
    'Exchange': (('id', check_id), ('timeout', check_timeout)),
}
