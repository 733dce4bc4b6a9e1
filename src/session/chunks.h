/// Large batches in pieces whose activations stay in the caches.
#pragma once

#include "src/core/inference_graph.h"

namespace kcpp::inference {

/// How many samples of a batch a program should compute at once: the whole batch, unless every
/// sample is computed for itself and the activations of all would not fit in a cache. Divides
/// `batch`.
int64_t samples_at_once(const Graph& graph, int64_t batch, int threads);

}  // namespace kcpp::inference
