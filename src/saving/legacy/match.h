/// Which array of a file's group belongs to which variable of a layer.
#pragma once

#include <optional>
#include <vector>

#include "src/saving/legacy/convert.h"

namespace kcpp::saving {

/// A variable, and the array that becomes its value. Shapes may differ: the caller compares them.
struct MatchedWeight {
  Variable variable;
  StoredWeight value;
};

/// Matches the arrays of one group with the variables of a layer, converting them.
///
/// A group lists a layer's weights trainable first, as things stood when it was saved. A nested
/// model, a wrapper or a bidirectional layer is one group: all that was trainable of all layers
/// inside, then the rest. So a layer that was frozen then and is not now, or the other way round,
/// changes the order. Names decide where they tell; else the order does, tried for the layers as
/// they are now, for none frozen and for all frozen.
///
/// Empty when the number of arrays does not fit. Throws ValueError where convert_weights does.
std::optional<std::vector<MatchedWeight>> match_weights(const LayerImpl& layer,
                                                        const StoredWeights& stored,
                                                        const Conversion& c);

}  // namespace kcpp::saving
