# Tests. Each folder of tests/ with test_*.cpp files is one executable: tests/core -> test_core. ctest
# runs each once with KCPP_BACKEND=onednn, and the folders that are about kernels once more with
# KCPP_BACKEND=reference.
find_package(Catch2 QUIET)
if(NOT Catch2_FOUND)
  message(FATAL_ERROR "The tests need Catch2 (2.13 or newer). cmake/dependencies.sh installs it; "
    "-DKCPP_BUILD_TESTS=OFF builds without tests.")
endif()

# Tests look inside: at what a shared kcpp hides. They always link the static library; a shared one is
# what the program, the examples and the consumer project link.
set(kcpp_tested kcpp)
set(kcpp_tested_models kcpp_models)
if(BUILD_SHARED_LIBS)
  set(kcpp_tested kcpp_static)
  set(kcpp_tested_models kcpp_models_other)
endif()
add_library(kcpp_test_base INTERFACE)
target_link_libraries(kcpp_test_base INTERFACE ${kcpp_tested} kcpp_flags Catch2::Catch2WithMain
  OpenMP::OpenMP_CXX kcpp_deps::zlib)
target_include_directories(kcpp_test_base INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(kcpp_test_base INTERFACE
  KCPP_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}" KCPP_HAVE_ONEDNN=${KCPP_HAVE_ONEDNN}
  KCPP_HAVE_CUDA=${KCPP_HAVE_CUDA})
# Compiling the tests takes longer than running them.
target_compile_options(kcpp_test_base INTERFACE $<$<CONFIG:Release>:-O1>)
if(Catch2_VERSION VERSION_LESS 3)
  # The tests are written for Catch2 3. Debian 12 has 2.13: a few forwarding headers bridge the two.
  target_include_directories(kcpp_test_base INTERFACE
    ${CMAKE_CURRENT_SOURCE_DIR}/tests/support/catch2_compat)
endif()

file(GLOB_RECURSE kcpp_support_sources CONFIGURE_DEPENDS tests/support/*.cpp)
if(kcpp_support_sources)
  add_library(kcpp_test_support STATIC ${kcpp_support_sources})
  target_link_libraries(kcpp_test_support PUBLIC kcpp_test_base)
else()
  add_library(kcpp_test_support INTERFACE)
  target_link_libraries(kcpp_test_support INTERFACE kcpp_test_base)
endif()

set(kcpp_test_backends reference)
if(KCPP_HAVE_ONEDNN)
  set(kcpp_test_backends onednn reference)
endif()
set(kcpp_folders_on_every_backend ops layers backend)
set(kcpp_test_environment
  OMP_WAIT_POLICY=passive  # waiting threads sleep: several test programs share the machine's cores
  # The library says what is too large, in a sentence; the tests' own limit of memory is not one for
  # a sanitizer, whose address space is huge.
  "ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=3072:soft_rss_limit_mb=8192"
  LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/tests/lsan.supp
  TSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/tests/tsan.supp)

file(GLOB_RECURSE kcpp_test_sources RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/tests CONFIGURE_DEPENDS
  tests/test_*.cpp)
list(FILTER kcpp_test_sources EXCLUDE REGEX "^(golden|benchmarks|support|package)/")
set(kcpp_test_folders)
foreach(source IN LISTS kcpp_test_sources)
  string(REGEX REPLACE "/.*" "" folder ${source})
  list(APPEND kcpp_test_folders ${folder})
  list(APPEND kcpp_test_sources_${folder} tests/${source})
endforeach()
list(REMOVE_DUPLICATES kcpp_test_folders)
if(NOT TARGET kcpp_cli)
  list(REMOVE_ITEM kcpp_test_folders cli)
endif()

foreach(folder IN LISTS kcpp_test_folders)
  # Helpers of one folder: tests/FOLDER/*.cpp that are not test_*.cpp.
  file(GLOB_RECURSE all CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} tests/${folder}/*.cpp)
  add_executable(test_${folder} ${all})
  target_link_libraries(test_${folder} PRIVATE kcpp_test_support)
  if(folder STREQUAL "cli")  # runs the program
    add_dependencies(test_cli kcpp_cli)
    target_sources(test_cli PRIVATE src/cli/latency_histogram.cpp)
    target_compile_definitions(test_cli PRIVATE KCPP_PROGRAM="$<TARGET_FILE:kcpp_cli>")
  endif()
  if(folder STREQUAL "applications")  # of models/
    target_link_libraries(test_${folder} PRIVATE ${kcpp_tested_models})
  endif()

  set(backends ${kcpp_test_backends})
  if(NOT folder IN_LIST kcpp_folders_on_every_backend)
    list(GET kcpp_test_backends 0 backends)
  endif()
  foreach(backend IN LISTS backends)
    set(test_name ${folder})
    if(folder IN_LIST kcpp_folders_on_every_backend)
      set(test_name ${folder}.${backend})
    endif()
    add_test(NAME ${test_name} COMMAND test_${folder})
    set_tests_properties(${test_name} PROPERTIES TIMEOUT 900
      ENVIRONMENT "${kcpp_test_environment};KCPP_BACKEND=${backend}")
  endforeach()
endforeach()

# --- the package: install it, find it, use it ------------------------------------------------------
foreach(kind static shared build subproject)
  set(target kcpp)
  if(kcpp_other STREQUAL "kcpp_${kind}")
    set(target ${kcpp_other})
  endif()
  add_test(NAME package.${kind} COMMAND ${CMAKE_COMMAND} -DKIND=${kind} -DLIBRARY=${target}
    -DSOURCE=${CMAKE_CURRENT_SOURCE_DIR} -DBUILD=${CMAKE_CURRENT_BINARY_DIR}
    -DCXX=${CMAKE_CXX_COMPILER} -DBUILD_TYPE=${CMAKE_BUILD_TYPE}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/tests/package/check.cmake)
  set_tests_properties(package.${kind} PROPERTIES LABELS package TIMEOUT 600)
endforeach()

# --- every public header compiles alone --------------------------------------------------------------
file(GLOB_RECURSE kcpp_headers RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/include CONFIGURE_DEPENDS
  include/kcpp/*.h)
# Adapters need another library's headers (xtensor, Eigen, OpenCV); they have tests of their own.
list(FILTER kcpp_headers EXCLUDE REGEX "^kcpp/adapters/")
set(kcpp_header_units)
foreach(header IN LISTS kcpp_headers)
  set(unit ${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.cpp)
  file(CONFIGURE OUTPUT ${unit} CONTENT "#include <${header}>\n#include <${header}>\n")
  list(APPEND kcpp_header_units ${unit})
endforeach()
add_library(kcpp_header_check OBJECT EXCLUDE_FROM_ALL ${kcpp_header_units})
target_link_libraries(kcpp_header_check PRIVATE kcpp kcpp_flags)
target_compile_options(kcpp_header_check PRIVATE -O0)
add_test(NAME headers COMMAND ${CMAKE_COMMAND} --build ${CMAKE_CURRENT_BINARY_DIR}
  --target kcpp_header_check)
set_tests_properties(headers PROPERTIES LABELS headers TIMEOUT 900)

# --- style ---------------------------------------------------------------------------------------------
foreach(linter format tidy)
  add_test(NAME ${linter} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/lint.sh ${linter}
    ${CMAKE_CURRENT_BINARY_DIR})
  # No linter or no git repository (a source archive): nothing to check.
  set_tests_properties(${linter} PROPERTIES LABELS lint TIMEOUT 300 SKIP_RETURN_CODE 77)
endforeach()
# These build in the build folder: two ninjas there at a time would disturb each other.
set_tests_properties(headers package.static package.shared PROPERTIES RESOURCE_LOCK build_folder)

# --- fuzzing: a few seconds on each reader of files (tests/fuzz/run.sh runs for longer) -----------------
add_test(NAME fuzz.libfuzzer COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/fuzz/run.sh
  ${CMAKE_CURRENT_BINARY_DIR})
# Without clang ctest shows it as skipped.
set_tests_properties(fuzz.libfuzzer PROPERTIES LABELS fuzz TIMEOUT 900 SKIP_RETURN_CODE 77
  ENVIRONMENT OMP_WAIT_POLICY=passive)
