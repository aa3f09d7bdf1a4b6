// Outcomes of native calls, one closed list for every layer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace latchkey {

// The same names in the same order as `nativeStatuses` in src/crypto/native.ts, which compares the two lists at load.
enum class [[nodiscard]] Status : std::uint8_t{
    kOk,
    // The request
    kMalformedRequest,
    kInvalidUtf8,
    kKeyIdMissing,
    kPlaintextMissing,
    kPlaintextTooLarge,
    kCiphertextMissing,
    kCiphertextTooLarge,
    kLengthMissing,
    kLengthOutOfRange,
    kDataKeySpecUnknown,
    kContextTooManyPairs,
    kContextTooLarge,
    kContextDuplicateKey,
    kItemsMissing,
    kTooManyItems,
    kColumnLengthMismatch,
    kColumnKeyCollides,
    kTooManyGrantTokens,
    kGrantTokenOutOfRange,
    kChecksumMismatch,
    kExchangeIdMissing,
    kTimeoutOutOfRange,
    // The ciphertext
    kBlobMalformed,
    kOpenFailed,
    // The table and the keys
    kNoSuchHandle,
    kNoSuchDomainKey,
    kNoRootKey,
    kWrongRootKey,
    kStoredKeyRefused,
    kRootKeyMissing,
    kRootKeyUnsafe,
    kRootKeyMalformed,
    kRootKeyIo,
    // Import
    kImportTokenRefused,
    kImportUnwrapFailed,
    kImportBusy,
    // Batches
    kBatchBusy,
    // The machine
    kMemoryWiped,
    kRandomUnavailable,
    kOpensslFailed,
    kOutOfMemory,
    kBufferTooSmall,
    kInvalidArgument,
};

inline constexpr std::array<std::string_view, 44> kStatusNames = {
    "OK",
    "MALFORMED_REQUEST",
    "INVALID_UTF8",
    "KEY_ID_MISSING",
    "PLAINTEXT_MISSING",
    "PLAINTEXT_TOO_LARGE",
    "CIPHERTEXT_MISSING",
    "CIPHERTEXT_TOO_LARGE",
    "LENGTH_MISSING",
    "LENGTH_OUT_OF_RANGE",
    "DATA_KEY_SPEC_UNKNOWN",
    "CONTEXT_TOO_MANY_PAIRS",
    "CONTEXT_TOO_LARGE",
    "CONTEXT_DUPLICATE_KEY",
    "ITEMS_MISSING",
    "TOO_MANY_ITEMS",
    "COLUMN_LENGTH_MISMATCH",
    "COLUMN_KEY_COLLIDES",
    "TOO_MANY_GRANT_TOKENS",
    "GRANT_TOKEN_OUT_OF_RANGE",
    "CHECKSUM_MISMATCH",
    "EXCHANGE_ID_MISSING",
    "TIMEOUT_OUT_OF_RANGE",
    "BLOB_MALFORMED",
    "OPEN_FAILED",
    "NO_SUCH_HANDLE",
    "NO_SUCH_DOMAIN_KEY",
    "NO_ROOT_KEY",
    "WRONG_ROOT_KEY",
    "STORED_KEY_REFUSED",
    "ROOT_KEY_MISSING",
    "ROOT_KEY_UNSAFE",
    "ROOT_KEY_MALFORMED",
    "ROOT_KEY_IO",
    "IMPORT_TOKEN_REFUSED",
    "IMPORT_UNWRAP_FAILED",
    "IMPORT_BUSY",
    "BATCH_BUSY",
    "MEMORY_WIPED",
    "RANDOM_UNAVAILABLE",
    "OPENSSL_FAILED",
    "OUT_OF_MEMORY",
    "BUFFER_TOO_SMALL",
    "INVALID_ARGUMENT",
};
static_assert(kStatusNames.size() == static_cast<std::size_t>(Status::kInvalidArgument) + 1);

constexpr std::string_view StatusName(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

}  // namespace latchkey
