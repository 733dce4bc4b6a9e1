/// What a load may cost, and how its errors read.
#pragma once

#include <cstdint>
#include <new>
#include <string>

#include "kcpp/core/error.h"
#include "src/layers/load_scope.h"

namespace kcpp::saving {

/// While a model is made of a config, without initial values, for those in `file`, which has
/// `stored` bytes: a config that asks for more than that can hold is refused before it costs
/// memory.
LoadScope scope_for(const std::string& file, uint64_t stored);
/// The same without any values: the initializers run in the end.
LoadScope scope_without_weights();
/// The bytes of a weights file, or of a folder of them, or of all shards beside a `.weights.json`.
uint64_t stored_bytes(const std::string& path);

/// One sentence of bearable length that names the file.
std::string load_error(std::string what, const std::string& file);

/// Runs a load; whatever it throws becomes an Error with such a sentence.
template <class F>
auto guard_load(const std::string& file, F load) {
  try {
    return load();
  } catch (const TypeError& e) {
    throw TypeError(load_error(e.what(), file));
  } catch (const ValueError& e) {
    throw ValueError(load_error(e.what(), file));
  } catch (const std::bad_alloc&) {
    throw IOError(load_error("out of memory.", file));
  } catch (const std::exception& e) {
    throw IOError(load_error(e.what(), file));
  }
}

}  // namespace kcpp::saving
