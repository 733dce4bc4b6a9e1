/// All of keras.ops.
#pragma once

#include "kcpp/ops/create.h"
#include "kcpp/ops/ctc.h"
#include "kcpp/ops/fft.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/random.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/rnn.h"
#include "kcpp/ops/shape.h"
#include "kcpp/ops/sort.h"
