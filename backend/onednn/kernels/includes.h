/// What the kernels include, before their instruction set is switched on: inline functions of the
/// standard library must never be compiled for a set that another CPU lacks.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "backend/onednn/kernels/kernels.h"
