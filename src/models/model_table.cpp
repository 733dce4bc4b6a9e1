#include "src/models/functional.h"
#include "src/models/sequential_impl.h"
#include "src/tables.h"

namespace kcpp::tables {

namespace {
constexpr Factory table[] = {
    {"Sequential", make_object<SequentialImpl>},
    {"Functional", make_object<FunctionalImpl>},
    {"Model", make_object<FunctionalImpl>},  // Functional's name up to TensorFlow 2.2
};
}  // namespace

std::span<const Factory> models() { return table; }

}  // namespace kcpp::tables
