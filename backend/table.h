/// What backend/table.cpp needs from each backend: how to make it, and its version.
///
/// A new backend is one folder and one line in the table of table.cpp. A host backend of this
/// library adds its factory here; a plug-in needs nothing here, only the C entry point below.
#pragma once

#include <memory>
#include <string>

#include "kcpp/backend.h"

namespace kcpp::detail {

std::unique_ptr<Backend> create_reference_backend();
std::string reference_version();

/// In backend/onednn; compiled in when KCPP_HAVE_ONEDNN is 1.
std::unique_ptr<Backend> create_onednn_backend();
std::string onednn_version();

}  // namespace kcpp::detail

/// The number that a plug-in must be built for; it changes whenever class Backend does.
#define KCPP_BACKEND_ABI 1

/// The entry point of a plug-in (`libkcpp_NAME.so`, found by dlopen), with this signature and C
/// linkage. Returns a backend that lives as long as the process; or null, with a sentence why (no
/// device, another ABI) in `reason`, cut to `reason_size` bytes. `version` gets a short text such
/// as "CUDA 12.4, cuDNN 9.1, NVIDIA H200". Called once, on the first use of the backend.
extern "C" {
typedef kcpp::Backend* (*kcpp_create_backend_fn)(int abi, char* version, size_t version_size,
                                                 char* reason, size_t reason_size);
}
