#include "native/binding/batch_calls.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "native/binding/call_arguments.h"
#include "native/data_plane/batch.h"

namespace latchkey::binding {
namespace {

using data_plane::KeyChoice;
using data_plane::Operation;

// The numbers of BatchView in src/crypto/native-views.ts, in its order.
enum ViewIndex : std::size_t {
  kField,
  kKeyIdOffset,
  kKeyIdBytes,
  kDestinationKeyIdOffset,
  kDestinationKeyIdBytes,
  kItems,
  kMaterials,
  kResponseBytes,
  kFittingItems,
  kWorkBytes,
  kGrantTokens,
  kColumnKeyOffset,
  kColumnKeyBytes,
  kDestinationColumnKeyOffset,
  kDestinationColumnKeyBytes,
  kViewLength,
};

template <std::size_t kCount>
bool ReadOperation(const Arguments<kCount>& arguments, Operation& operation) {
  std::uint64_t number = 0;
  if (!arguments.Read(0, number) || number >= data_plane::kOperationNames.size()) return false;
  operation = static_cast<Operation>(number);
  return data_plane::IsBatch(operation);
}

void WriteView(std::span<double> numbers, Bytes request, const data_plane::BatchView& view, std::size_t materials) {
  numbers[kField] = view.field;
  WriteSpan(numbers, kKeyIdOffset, request, view.key_id);
  WriteSpan(numbers, kDestinationKeyIdOffset, request, view.destination_key_id);
  numbers[kItems] = static_cast<double>(view.items);
  numbers[kMaterials] = static_cast<double>(materials);
  numbers[kResponseBytes] = static_cast<double>(view.response_bytes);
  numbers[kFittingItems] = static_cast<double>(view.fitting_items);
  numbers[kWorkBytes] = static_cast<double>(view.work_bytes);
  numbers[kGrantTokens] = static_cast<double>(view.grant_tokens);
  WriteSpan(numbers, kColumnKeyOffset, request, view.column_key);
  WriteSpan(numbers, kDestinationColumnKeyOffset, request, view.destination_column_key);
}

// Ids and handles of the distinct materials of a batch, as far as there is room.
Status WriteMaterials(const DataPlane& plane, MutableBytes ids, std::span<double> handles) {
  const data_plane::MaterialIndex& materials = plane.batch.materials;
  const std::size_t room = std::min(ids.size() / crypto::kMaterialIdBytes, handles.size());
  for (std::size_t number = 0; number < std::min(room, materials.size()); ++number) {
    crypto::MaterialId id{};
    std::ranges::copy(materials.value(number).bytes(), id.begin());
    std::ranges::copy(id, ids.subspan(number * id.size()).begin());
    handles[number] = static_cast<double>(plane.keys.Find(id));
  }
  return materials.size() <= room ? Status::kOk : Status::kBufferTooSmall;
}

// A handle from 1 on, or -(slot + 1).
bool ToChoice(double number, KeyChoice& choice) {
  constexpr double kGreatest = 9007199254740991.0;
  if (!(std::abs(number) >= 1 && std::abs(number) <= kGreatest) || number != std::floor(number)) return false;
  if (number > 0) {
    choice = {.handle = static_cast<crypto::Handle>(number), .refusal = 0};
    return true;
  }
  choice = {.handle = crypto::kNoHandle, .refusal = static_cast<std::uint16_t>(-number - 1)};
  return -number <= data_plane::kMaxStatuses;
}

// What `keys` of runBatch says: first the key that encrypts, where one does, then those of the materials.
bool ToKeys(Operation operation, std::span<const double> keys, crypto::Handle& sealing,
            std::vector<KeyChoice>& materials) {
  sealing = crypto::kNoHandle;
  if (operation != Operation::kBatchDecrypt) {
    KeyChoice first;
    if (keys.empty() || !ToChoice(keys[0], first) || first.handle == crypto::kNoHandle) return false;
    sealing = first.handle;
    keys = keys.subspan(1);
  }
  materials.resize(keys.size());
  for (std::size_t number = 0; number < keys.size(); ++number) {
    if (!ToChoice(keys[number], materials[number])) return false;
  }
  return true;
}

// What runBatch and startBatch are called with, and the lists that it borrows. The verdicts come last.
struct Decided {
  template <std::size_t kCount>
  bool Read(const Arguments<kCount>& arguments) {
    std::span<double> keys;
    const bool read = arguments.has_plane() && ReadOperation(arguments, batch.operation) &&
                      arguments.Read(1, batch.request) && arguments.Read(2, keys) &&
                      ToKeys(batch.operation, keys, batch.sealing, materials) && arguments.Read(3, batch.key_arn) &&
                      arguments.Read(4, statuses) && arguments.Read(5, batch.out) &&
                      arguments.Read(kCount - 1, verdicts);
    batch.materials = materials;
    batch.statuses = statuses;
    batch.verdicts = verdicts;
    return read;
  }

  data_plane::DecidedBatch batch{};
  std::vector<KeyChoice> materials;
  std::vector<Bytes> statuses;
  std::vector<data_plane::ItemOutcome> verdicts;
};

}  // namespace

napi_value ParseBatch(napi_env env, napi_callback_info info) {
  const Arguments<6> arguments(env, info);
  Operation operation{};
  Bytes request;
  std::uint64_t max_reply_bytes = 0;
  std::span<double> numbers;
  MutableBytes ids;
  std::span<double> handles;
  if (!arguments.has_plane() || !ReadOperation(arguments, operation) || !arguments.Read(1, request) ||
      !arguments.Read(2, max_reply_bytes) || !arguments.Read(3, numbers) || numbers.size() < kViewLength ||
      !arguments.Read(4, ids) || !arguments.Read(5, handles)) {
    return Answer(env, Status::kInvalidArgument);
  }
  DataPlane& plane = arguments.plane();
  data_plane::BatchView view;
  Status status = data_plane::ParseBatch(plane, operation, request, max_reply_bytes, view);
  const std::size_t materials = status == Status::kOk ? plane.batch.materials.size() : 0;
  if (status == Status::kOk) status = WriteMaterials(plane, ids, handles);
  WriteView(numbers, request, view, materials);
  return Answer(env, status);
}

// (operation, request, keys, keyArn, statuses, out, verdicts?)
napi_value RunBatch(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  Decided decided;
  if (!decided.Read(arguments)) return Answer(env, Status::kInvalidArgument);
  return Answer(env, data_plane::RunBatch(arguments.plane(), decided.batch));
}

// (operation, request, keys, keyArn, statuses, out, done, verdicts?)
napi_value StartBatch(napi_env env, napi_callback_info info) {
  const Arguments<8> arguments(env, info);
  Decided decided;
  napi_valuetype type = napi_undefined;
  if (!decided.Read(arguments) || napi_typeof(env, arguments[6], &type) != napi_ok || type != napi_function) {
    return Answer(env, Status::kInvalidArgument);
  }
  const BatchCallbacks::Values values = {.request = arguments[1], .out = arguments[5], .done = arguments[6]};
  return Answer(env, arguments.table().batches().Start(env, decided.batch, values));
}

}  // namespace latchkey::binding
