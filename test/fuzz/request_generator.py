"""Requests for comparing parsers: valid ones, and ways to damage them that protobuf parsers tend to disagree about."""

TEXTS = ('', 'a', 'tenant', 'Tenant', 'é', '€', '\uff5e', '\U00010000', '__proto__', 'alias/backup', 'nul\0', 'x' * 200)
NUMBERS = (0, 1, 2, 3, 16, 127, 128, 1024, 1025, 100_000, 100_001, 2**31 - 1, 2**31, 2**32 - 1)
LENGTHS = (0, 1, 3, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**63 - 1, 2**63, 2**64 - 1)
BAD_TEXTS = (b'\xff', b'\xc0\x80', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xe2\x82', b'a\x80', b'\xef\xbf\xbd')
SIZES = (0, 1, 10, 75, 128, 300)
SECONDS = (0, 0, 1, 30, 2_147_483, 2_147_484, 315_576_000_000, 2**63 - 1, -1, -30, -(2**63))
NANOS = (0, 0, 1, 999_999, 10**6, 10**9 - 1, 10**9, 2**31 - 1, -1, 1 - 10**9, -(10**9), -(2**31))
GROUP_FIELD = 7  # of no request, as a group
DEEPEST_GROUP = b'\x3b' * 100


def example(random, message_class):
    """A request as a client writes it, in which any field may be missing."""
    request = message_class()
    fill_fields(random, request)
    return request.SerializeToString(deterministic=True)


def fill_fields(random, request):
    for field in chosen_fields(random, request.DESCRIPTOR):
        if random.random() < 0.85:
            fill(random, request, field)


def chosen_fields(random, descriptor):
    """All, but of Exchange's requests one, and no columns every other time."""
    oneof = descriptor.oneofs_by_name.get('request')
    requests = list(oneof.fields) if oneof else []
    others = random.sample(requests, max(len(requests) - 1, 0))
    has_columns = random.random() < 0.5
    for field in descriptor.fields:
        if field not in others and (has_columns or 'item_context' not in field.name):
            yield field


def fill(random, request, field):
    if field.name.endswith('encryption_context'):
        fill_context(random, getattr(request, field.name))
    elif field.name.endswith('item_context_values'):
        fill_column(random, request, getattr(request, field.name))
    elif field.name == 'grant_tokens':
        getattr(request, field.name).extend(grant_tokens(random))
    elif field.is_repeated:
        getattr(request, field.name).extend(items(random))
    elif field.type == field.TYPE_MESSAGE:
        fill_message(random, getattr(request, field.name))
    else:
        setattr(request, field.name, value_of(random, field))


def fill_context(random, context):
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 5))):
        context[random.choice(TEXTS)] = random.choice(TEXTS)
    if random.random() < 0.02:
        context.update({str(number): '' for number in range(random.randint(55, 70))})
    if random.random() < 0.02:
        context['large'] = 'v' * random.randint(7900, 8300)


def items(random):
    if random.random() < 0.001:
        return [b''] * random.choice((99_999, 100_000, 100_001))
    return [random.randbytes(random.choice(SIZES)) for _ in range(random.choice((0, 1, 1, 2, 3, 20)))]


def grant_tokens(random):
    """Nearly always as many and as long as may be."""
    texts = TEXTS + ('t' * 8192, 't' * 8193, 'é' * 4097) if random.random() < 0.05 else TEXTS[1:]
    return random.choices(texts, k=random.choice((0, 0, 1, 2, 9, 10)) if random.random() < 0.95 else random.randint(11, 12))


def fill_column(random, request, values):
    """One value for each item, or one more or less."""
    count = len(request.plaintexts if hasattr(request, 'plaintexts') else request.ciphertext_blobs)
    if random.random() < 0.15:
        count = random.choice((0, 1, max(count - 1, 0), count + 1))
    values.extend(random.choices(TEXTS, k=count))


def fill_message(random, message):
    message.SetInParent()
    if message.DESCRIPTOR.name == 'Duration':
        message.seconds, message.nanos = random.choice(SECONDS), random.choice(NANOS)
    else:
        fill_fields(random, message)


def value_of(random, field):
    if field.type == field.TYPE_STRING:
        return random.choice(TEXTS)
    if field.type == field.TYPE_BYTES:
        return random.randbytes(random.choice(SIZES))
    if field.type == field.TYPE_ENUM:
        return random.choice((0, 1, 2, 3, -1))
    if field.type == field.TYPE_BOOL:
        return random.random() < 0.5
    return random.choice(NUMBERS + (2**63, 2**64 - 1) if field.type == field.TYPE_UINT64 else NUMBERS)


def damaged(random, request):
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        request = random.choice(DAMAGES)(random, request)
    return request


def flip_bit(random, request):
    if not request:
        return request
    at = random.randrange(len(request))
    return request[:at] + bytes([request[at] ^ 1 << random.randrange(8)]) + request[at + 1 :]


def set_byte(random, request):
    at = random.randrange(len(request) + 1)
    return request[:at] + random.randbytes(1) + request[at + 1 :]


def cut(random, request):
    return request[: random.randrange(len(request) + 1)]


def delete(random, request):
    at = random.randrange(len(request) + 1)
    return request[:at] + request[at + random.randint(1, 4) :]


def insert(random, request):
    at = random.randrange(len(request) + 1)
    return request[:at] + random.randbytes(random.randint(1, 4)) + request[at:]


def repeat(random, request):
    """The whole twice: every singular field again, every pair a duplicate."""
    return request + request


def append_field(random, request):
    return request + field(random, random.randint(0, 14))


def prepend_field(random, request):
    return field(random, random.randint(1, 14)) + request


def append_pair(random, request):
    """An entry of a map, or what may stand in its place: odd, empty, repeated and unknown fields."""
    content = b''.join(field(random, random.randint(1, 3)) for _ in range(random.randint(0, 3)))
    return request + delimited(random.choice((2, 3, 5)), content)


def append_group(random, request):
    """Open groups and closed ones, some at the limit of depth and beyond, some in an entry of a map."""
    depth = random.choice((1, 1, 2, 5, 98, 99, 100, 101, 1000))
    group = tag(GROUP_FIELD, 3) * depth + field(random, random.choice((1, 1, 1, 0))) + tag(GROUP_FIELD, 4) * (depth - random.choice((0, 0, 0, 1)))
    return request + (group if random.random() < 0.7 else delimited(random.choice((2, 3, 5)), group))


def field(random, number):
    kind = random.randrange(8)
    if kind < 3:
        return delimited(number, random.choice(TEXTS).encode())
    if kind < 5:
        return odd_tag(random, number, 0) + odd_varint(random)
    if kind == 5:
        return delimited(number, random.choice(BAD_TEXTS))
    if kind == 6:
        return tag(number, 2) + random.choice((varint(random.choice(LENGTHS)), padded(random, varint(3)))) + b'abc'
    return tag(number, random.choice((1, 3, 4, 5, 6, 7))) + random.randbytes(random.choice((0, 4, 8)))


def odd_varint(random):
    """A number as usual, padded with zeros, at the limits, or beyond them."""
    usual = varint(random.choice(NUMBERS + LENGTHS))
    overflow = b'\xff' * 9 + bytes([random.choice((1, 2, 0x7F))])
    return random.choice((usual, usual, padded(random, usual), overflow))


def padded(random, encoded):
    return bytes(byte | 0x80 for byte in encoded) + b'\x80' * random.randint(0, 9) + b'\0'


def delimited(number, content):
    return tag(number, 2) + varint(len(content)) + content


def odd_tag(random, number, wire_type):
    return padded(random, tag(number, wire_type)) if random.random() < 0.1 else tag(number, wire_type)


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


def varint(value):
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded + bytes([value]))


DAMAGES = (
    flip_bit,
    flip_bit,
    set_byte,
    cut,
    delete,
    insert,
    repeat,
    append_field,
    append_field,
    prepend_field,
    append_pair,
    append_pair,
    append_group,
)
