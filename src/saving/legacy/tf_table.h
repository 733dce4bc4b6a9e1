/// The table of TensorFlow's functions that are one operation of Keras 3.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace kcpp::saving {

/// How a value changes on its way.
enum class TfChange : uint8_t { none, lower, spatial, sections, order, scalar };

/// An argument that becomes an entry of the operation's config.
struct TfAttribute {
  std::string_view tf, keras;         ///< Keras: "" where it changes nothing
  std::string_view missing = "null";  ///< JSON
  TfChange change = TfChange::none;
};
struct TfRow {
  std::string_view function, op;
  std::array<std::string_view, 3> tensors;  ///< TensorFlow's names of the tensor arguments
  std::array<TfAttribute, 6> attributes = {};
};

std::span<const TfRow> tf_table();
/// The argument `name` with this value (JSON) says nothing about the result.
bool tf_silent(std::string_view name, std::string_view value);

}  // namespace kcpp::saving
