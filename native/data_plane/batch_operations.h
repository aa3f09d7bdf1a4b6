// The four batches, as RunBatch runs them: each writes all results with `results`, and what it did to the keys of
// `call`. Answers anything but kOk only when the batch fails as a whole.
#pragma once

#include "native/data_plane/batch_results.h"

namespace latchkey::data_plane {

Status BatchEncrypt(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results);
Status BatchDecrypt(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results);
// Plaintexts are only ever in the scratch pages, and wiped before this returns.
Status BatchReEncrypt(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results);
Status BatchGenerateDataKey(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results);

}  // namespace latchkey::data_plane
