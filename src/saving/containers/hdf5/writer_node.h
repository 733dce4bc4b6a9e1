/// What an HDF5 file will consist of, and the encoding of its types.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kcpp/core/tensor.h"

namespace kcpp::hdf5::detail {

/// Encoded as in a header's messages, without padding.
struct WriterAttribute {
  std::string name, type, space;
  std::string data;
  std::vector<std::string> texts = {};  ///< of variable length, in place of data
};

struct WriterNode {
  std::string path;
  bool is_group = true;
  Tensor tensor;  ///< of a dataset
  std::vector<WriterAttribute> attributes;
  std::map<std::string, std::unique_ptr<WriterNode>, std::less<>>
      children;  ///< sorted, as the format wants
};

/// Encoded datatypes and dataspaces (version 1).
std::string encode_type(DType dtype);
std::string encode_text_type(bool utf8);
std::string encode_fixed_text_type(uint32_t size);
std::string encode_space(const std::vector<int64_t>& dims);

}  // namespace kcpp::hdf5::detail
