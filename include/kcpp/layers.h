/// All layers (keras.layers).
#pragma once

#include "kcpp/layers/activation.h"
#include "kcpp/layers/batch_normalization.h"
#include "kcpp/layers/conv.h"
#include "kcpp/layers/dense.h"
#include "kcpp/layers/dropout.h"
#include "kcpp/layers/embedding.h"
#include "kcpp/layers/global_pooling.h"
#include "kcpp/layers/input.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/layer_normalization.h"
#include "kcpp/layers/masking.h"
#include "kcpp/layers/merge.h"
#include "kcpp/layers/pooling.h"
#include "kcpp/layers/rescaling.h"
#include "kcpp/layers/reshaping.h"
#include "kcpp/layers/simple_rnn.h"
