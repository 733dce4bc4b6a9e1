#include "src/saving/legacy/upgrade.h"

namespace kcpp::saving {

Config upgrade_model(Config model, const Epoch&, LoadReport*) { return model; }

}  // namespace kcpp::saving
