/// The salt of a hash, and the bins.
#pragma once

#include <optional>
#include <string_view>

#include "kcpp/core/object.h"
#include "kcpp/layers/hashing.h"
#include "src/layers/text/hash.h"

namespace kcpp::layers {

/// Reads a number or two, writes two.
void salt_field(Fields& f, std::optional<Salt>& salt);
/// One number stands for two. Throws ValueError for other counts; `layer` names the class.
void check_salt(std::optional<Salt>& salt, std::string_view layer);
/// TensorFlow's string_to_hash_bucket_fast, or _strong with a salt.
int64_t hash_bin(std::string_view text, int64_t bins, const std::optional<Salt>& salt);

}  // namespace kcpp::layers
