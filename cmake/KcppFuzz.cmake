# libFuzzer programs of the readers of files: preset `fuzz`, clang only. Everything is compiled with the
# fuzzer's instrumentation, and without the checksums that would keep a fuzzer out (the macro below).
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "KCPP_FUZZ needs clang: CXX=clang++, or the preset `fuzz`.")
endif()
target_compile_options(kcpp_flags INTERFACE -fsanitize=fuzzer-no-link)
target_compile_definitions(kcpp_flags INTERFACE FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
foreach(name hdf5 zip json npz table model)
  add_executable(fuzz_${name} tests/fuzz/fuzz_${name}.cpp tests/fuzz/targets.cpp)
  target_compile_definitions(fuzz_${name} PRIVATE KCPP_FUZZ)
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(fuzz_${name} PRIVATE kcpp kcpp_flags)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
