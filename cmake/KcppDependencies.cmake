# Finds what kcpp is built from. Used twice: by kcpp's own build (kcpp_find_build_dependencies) and,
# installed next to kcppConfig.cmake, by a consumer of the static library, which has to link the same
# libraries (kcpp_find_link_dependencies). Nothing here appears in a public header of kcpp.
#
# Plain find_path/find_library on purpose: the find modules and packages of these libraries differ by
# distribution, want the C language, or name build tools that are not installed.

# oneDNN from cmake/dependencies.sh lies in a folder of the user's cache.
function(kcpp_deps_folder out)
  if(DEFINED ENV{KCPP_DEPS})
    set(folder $ENV{KCPP_DEPS})
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(folder $ENV{XDG_CACHE_HOME}/kcpp/deps)
  else()
    set(folder $ENV{HOME}/.cache/kcpp/deps)
  endif()
  set(${out} ${folder} PARENT_SCOPE)
endfunction()

# kcpp_import(NAME HEADER header LIBRARY names... SUFFIX suffixes...) makes the target kcpp_deps::NAME.
# What is missing is collected in kcpp_missing: the caller knows how to say it.
macro(kcpp_import name)
  if(NOT TARGET kcpp_deps::${name})
    kcpp_import_target(${name} ${ARGN})
  endif()
endmacro()

function(kcpp_import_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER" "LIBRARY;SUFFIX")
  string(TOUPPER ${name} upper)
  add_library(kcpp_deps::${name} INTERFACE IMPORTED GLOBAL)
  if(arg_HEADER)
    find_path(KCPP_${upper}_INCLUDE_DIR ${arg_HEADER} PATH_SUFFIXES ${arg_SUFFIX})
    mark_as_advanced(KCPP_${upper}_INCLUDE_DIR)
    if(KCPP_${upper}_INCLUDE_DIR)
      target_include_directories(kcpp_deps::${name} SYSTEM INTERFACE ${KCPP_${upper}_INCLUDE_DIR})
    else()
      list(APPEND kcpp_missing "the header ${arg_HEADER}")
    endif()
  endif()
  if(arg_LIBRARY)
    find_library(KCPP_${upper}_LIBRARY NAMES ${arg_LIBRARY} PATH_SUFFIXES ${arg_SUFFIX})
    mark_as_advanced(KCPP_${upper}_LIBRARY)
    if(KCPP_${upper}_LIBRARY)
      target_link_libraries(kcpp_deps::${name} INTERFACE ${KCPP_${upper}_LIBRARY})
    else()
      list(APPEND kcpp_missing "the library ${arg_LIBRARY}")
    endif()
  endif()
  set(kcpp_missing ${kcpp_missing} PARENT_SCOPE)
endfunction()

# Libraries that a program linked with a static kcpp links too. A macro: the results of find_package
# (global targets of OpenMP, oneDNN) must be visible to the caller.
macro(kcpp_find_link_dependencies)
  find_package(Threads QUIET)
  find_package(OpenMP QUIET COMPONENTS CXX)
  if(NOT Threads_FOUND)
    list(APPEND kcpp_missing "threads")
  endif()
  if(NOT OpenMP_CXX_FOUND)
    list(APPEND kcpp_missing "OpenMP for ${CMAKE_CXX_COMPILER}")
  endif()
  kcpp_import(openblas LIBRARY openblas)
  kcpp_import(zlib LIBRARY z)
endmacro()

# oneDNN 3 or newer; sets dnnl_FOUND.
macro(kcpp_find_onednn)
  kcpp_deps_folder(kcpp_deps_path)
  find_package(dnnl 3 CONFIG QUIET HINTS ${KCPP_ONEDNN_HINT} ${kcpp_deps_path}/onednn-3.2)
endmacro()

macro(kcpp_find_build_dependencies)
  # The program that uses kcpp by add_subdirectory links the imported targets too.
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
  set(kcpp_missing)
  kcpp_find_link_dependencies()
  kcpp_import(zlib_headers HEADER zlib.h)
  kcpp_import(random123 HEADER Random123/philox.h)
  kcpp_import(xtensor HEADER xtl/xtl_config.hpp)
  kcpp_import(xtensor_blas HEADER xtensor-blas/xlinalg.hpp)
  if(KCPP_BUILD_CLI)
    kcpp_import(cli11 HEADER CLI/CLI.hpp)
  endif()
  if(kcpp_missing)
    list(JOIN kcpp_missing ", " kcpp_missing)
    message(FATAL_ERROR "kcpp needs what was not found: ${kcpp_missing}. cmake/dependencies.sh "
      "installs everything.")
  endif()

  set(KCPP_HAVE_ONEDNN 0)
  if(NOT KCPP_WITH_ONEDNN STREQUAL "OFF")
    kcpp_find_onednn()
    if(dnnl_FOUND)
      set(KCPP_HAVE_ONEDNN 1)
    elseif(NOT KCPP_WITH_ONEDNN STREQUAL "AUTO")
      message(FATAL_ERROR "KCPP_WITH_ONEDNN=ON, but oneDNN 3 was not found. cmake/dependencies.sh "
        "installs it into ${kcpp_deps_path}; or set dnnl_DIR or CMAKE_PREFIX_PATH.")
    endif()
  endif()

  set(KCPP_HAVE_CUDA 0)
  if(NOT KCPP_WITH_CUDA STREQUAL "OFF")
    include(CheckLanguage)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/backend/cuda/CMakeLists.txt)
      check_language(CUDA)
    endif()
    if(CMAKE_CUDA_COMPILER)
      set(KCPP_HAVE_CUDA 1)
    elseif(NOT KCPP_WITH_CUDA STREQUAL "AUTO")
      message(FATAL_ERROR "KCPP_WITH_CUDA=ON, but there is no CUDA compiler or no backend/cuda.")
    endif()
  endif()
endmacro()
