/// The self-test that a file can carry: inputs, and what the model made of them.
#pragma once

#include "kcpp/models/model.h"
#include "kcpp/saving.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/hdf5_writer.h"

namespace kcpp::saving {

/// Where it lies: a group of an .h5, which Keras does not look at, and a member of a .keras.
inline constexpr const char* test_case_group = "kcpp_test_case";
inline constexpr const char* test_case_member = "kcpp_test_case.h5";

/// Runs the model on a small made-up batch. The tensors belong to the writer's file: keep them
/// until it is written.
struct TestCase {
  Tensors inputs, outputs;
};
/// Throws ValueError for a model that no made-up input suits, such as one of texts.
TestCase make_test_case(const Model& model);
void write_test_case(const TestCase& test, hdf5::GroupWriter group);

/// Replays what `group` holds, and puts the largest difference into the report. Throws ValueError
/// beyond the tolerance.
void verify_test_case(const Model& model, const hdf5::Group& group, const LoadOptions& options,
                      const std::string& file);

}  // namespace kcpp::saving
