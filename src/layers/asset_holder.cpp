#include "src/layers/asset_holder.h"

namespace kcpp {
namespace {
thread_local int inlining = 0;
}

InlineAssets::InlineAssets() { ++inlining; }
InlineAssets::~InlineAssets() { --inlining; }
bool InlineAssets::active() { return inlining > 0; }

}  // namespace kcpp
