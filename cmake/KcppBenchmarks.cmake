# kcpp_bench, from tests/benchmarks. Never run by ctest: timing decides no test.
file(GLOB kcpp_bench_sources CONFIGURE_DEPENDS tests/benchmarks/*.cpp)
if(kcpp_bench_sources)
  add_executable(kcpp_bench ${kcpp_bench_sources})
  target_link_libraries(kcpp_bench PRIVATE kcpp_models kcpp kcpp_flags)
  target_include_directories(kcpp_bench PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endif()
