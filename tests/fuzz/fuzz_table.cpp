#include "tests/fuzz/targets.h"

KCPP_FUZZ_TARGET(kcpp::test::fuzz_table)
