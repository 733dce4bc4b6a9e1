/// Optimizers (keras.optimizers): how gradients change variables.
#pragma once

#include "kcpp/optimizers/adaptive.h"
#include "kcpp/optimizers/basic.h"
#include "kcpp/optimizers/further.h"
#include "kcpp/optimizers/optimizer.h"
