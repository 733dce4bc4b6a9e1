#include "src/optimizers/adam.h"
#include "src/optimizers/rmsprop.h"
#include "src/optimizers/sgd.h"
#include "src/tables.h"

namespace kcpp::tables {

namespace {
constexpr Factory table[] = {
    {"SGD", make_object<SGDImpl>},
    {"RMSprop", make_object<RMSpropImpl>},
    {"Adam", make_object<AdamImpl>},
    {"AdamW", make_object<AdamWImpl>},
};
}  // namespace

std::span<const Factory> optimizers() { return table; }

}  // namespace kcpp::tables
