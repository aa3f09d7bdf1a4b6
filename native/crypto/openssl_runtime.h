// Which OpenSSL this process runs. The addon links none: the dynamic linker binds it to what Node exports.
#pragma once

#include <string>

namespace latchkey::crypto {

// Whether the OpenSSL in this process has the interface that this code was compiled against: the same major version,
// at least 3.0, with every algorithm in use. Asked once, at load.
[[nodiscard]] bool OpensslFits();

// "3.5.8"
std::string OpensslVersion();

// The file that holds the code of EVP_EncryptUpdate that we call; empty when the dynamic linker does not know.
std::string OpensslFile();

}  // namespace latchkey::crypto
