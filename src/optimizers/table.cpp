#include "src/optimizers/adadelta.h"
#include "src/optimizers/adafactor.h"
#include "src/optimizers/adagrad.h"
#include "src/optimizers/adam.h"
#include "src/optimizers/adamax.h"
#include "src/optimizers/ftrl.h"
#include "src/optimizers/lamb.h"
#include "src/optimizers/lion.h"
#include "src/optimizers/loss_scale_optimizer.h"
#include "src/optimizers/multi_optimizer.h"
#include "src/optimizers/muon.h"
#include "src/optimizers/nadam.h"
#include "src/optimizers/rmsprop.h"
#include "src/optimizers/schedule_free_adamw.h"
#include "src/optimizers/sgd.h"
#include "src/tables.h"

namespace kcpp::tables {

namespace {
constexpr Factory table[] = {
    {"SGD", make_object<SGDImpl>},
    {"RMSprop", make_object<RMSpropImpl>},
    {"Adam", make_object<AdamImpl>},
    {"AdamW", make_object<AdamWImpl>},
    {"Adadelta", make_object<AdadeltaImpl>},
    {"Adagrad", make_object<AdagradImpl>},
    {"Adamax", make_object<AdamaxImpl>},
    {"Adafactor", make_object<AdafactorImpl>},
    {"Nadam", make_object<NadamImpl>},
    {"Ftrl", make_object<FtrlImpl>},
    {"Lion", make_object<LionImpl>},
    {"LossScaleOptimizer", make_object<LossScaleOptimizerImpl>},
    {"MultiOptimizer", make_object<MultiOptimizerImpl>},
    {"Lamb", make_object<LambImpl>},
    {"Muon", make_object<MuonImpl>},
    {"ScheduleFreeAdamW", make_object<ScheduleFreeAdamWImpl>},
};
}  // namespace

std::span<const Factory> optimizers() { return table; }

}  // namespace kcpp::tables
