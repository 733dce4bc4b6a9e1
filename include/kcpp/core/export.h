#pragma once

/// Marks what a program may use. The library is compiled with hidden visibility; the static and the
/// shared library are linked from the same objects, so the mark does not depend on the kind.
#if defined(__GNUC__) || defined(__clang__)
#define KCPP_API __attribute__((visibility("default")))
#else
#define KCPP_API
#endif
