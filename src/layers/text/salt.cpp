#include "src/layers/text/salt.h"

#include "src/layers/text/vocabulary.h"

namespace kcpp::layers {

void salt_field(Fields& f, std::optional<Salt>& salt) {
  if (!f.reading()) {
    f.write("salt", list_config(salt));
  } else if (const Config* c = f.raw("salt")) {
    if (c->is_int()) {
      salt = Salt{c->as_int()};
    } else {
      read_list(*c, salt, "salt");
    }
  }
}

void check_salt(std::optional<Salt>& salt, std::string_view layer) {
  if (!salt) return;
  check(salt->size() == 1 || salt->size() == 2, "The `salt` argument for `", layer,
        "` can only be a tuple of size 2 integers, or a single integer. Received: salt=",
        to_config(*salt), ".");
  if (salt->size() == 1) salt->push_back(salt->front());
}

int64_t hash_bin(std::string_view text, int64_t bins, const std::optional<Salt>& salt) {
  const uint64_t hash =
      salt ? sip_hash(text, {static_cast<uint64_t>((*salt)[0]), static_cast<uint64_t>((*salt)[1])})
           : farm_fingerprint(text);
  return static_cast<int64_t>(hash % static_cast<uint64_t>(bins));
}

}  // namespace kcpp::layers
