# The library. Its sources are compiled once, position independent, into kcpp_objects; `kcpp` (the kind
# that BUILD_SHARED_LIBS asks for) and the other kind, kcpp_static or kcpp_shared (built on demand),
# are linked from the same objects.

file(GLOB_RECURSE kcpp_sources CONFIGURE_DEPENDS src/*.cpp)
file(GLOB_RECURSE kcpp_cli_sources CONFIGURE_DEPENDS src/cli/*.cpp)
list(REMOVE_ITEM kcpp_sources "" ${kcpp_cli_sources})
file(GLOB_RECURSE kcpp_reference_sources CONFIGURE_DEPENDS backend/reference/*.cpp)
file(GLOB kcpp_backend_sources CONFIGURE_DEPENDS backend/*.cpp)
file(GLOB_RECURSE kcpp_onednn_sources CONFIGURE_DEPENDS backend/onednn/*.cpp)
if(NOT KCPP_HAVE_ONEDNN)
  set(kcpp_onednn_sources)
endif()

add_library(kcpp_objects OBJECT ${kcpp_sources} ${kcpp_backend_sources} ${kcpp_reference_sources}
  ${kcpp_onednn_sources})

# What every translation unit of this project gets: the library, tests, examples, benchmarks.
add_library(kcpp_flags INTERFACE)
target_compile_features(kcpp_flags INTERFACE cxx_std_20)
target_compile_options(kcpp_flags INTERFACE -Wall -Wextra -Werror=reorder -Werror=return-type
  $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Werror=reorder-init-list>
  # Options structs are filled by designated initialisers that name a few of many fields.
  -Wno-missing-field-initializers)
if(KCPP_SANITIZE)
  list(JOIN KCPP_SANITIZE "," kcpp_sanitizers)
  target_compile_options(kcpp_flags INTERFACE -fsanitize=${kcpp_sanitizers}
    -fno-sanitize-recover=all -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)  # full of false alarms in instrumented code
  target_link_options(kcpp_flags INTERFACE -fsanitize=${kcpp_sanitizers})
endif()

# Inside the library: "src/..." and "backend/..." are included relative to the repository's root.
target_include_directories(kcpp_objects PUBLIC include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(kcpp_objects PRIVATE KCPP_VERSION="${PROJECT_VERSION}"
  KCPP_HAVE_ONEDNN=${KCPP_HAVE_ONEDNN} KCPP_HAVE_CUDA=${KCPP_HAVE_CUDA})
target_link_libraries(kcpp_objects PRIVATE kcpp_flags OpenMP::OpenMP_CXX)
set_target_properties(kcpp_objects PROPERTIES
  POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

# --- who may include what: a dependency's headers are on the path of the folders that use it only ---
function(kcpp_folders_use)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FOLDERS;TARGETS")
  set(flags)
  foreach(dependency IN LISTS arg_TARGETS)
    get_target_property(folders ${dependency} INTERFACE_INCLUDE_DIRECTORIES)
    foreach(folder IN LISTS folders)
      # A compiler's own folders must stay at the end of its list: #include_next depends on it.
      if(folder AND NOT folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
        list(APPEND flags -isystem ${folder})  # options of a source are not de-duplicated
      endif()
    endforeach()
  endforeach()
  foreach(source IN LISTS kcpp_sources kcpp_reference_sources kcpp_onednn_sources)
    file(RELATIVE_PATH path ${CMAKE_CURRENT_SOURCE_DIR} ${source})
    foreach(folder IN LISTS arg_FOLDERS)
      if(path MATCHES "^${folder}/")
        set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS ${flags})
      endif()
    endforeach()
  endforeach()
endfunction()

kcpp_folders_use(FOLDERS backend/reference src/core
  TARGETS kcpp_deps::xtensor kcpp_deps::xtensor_blas kcpp_deps::random123)
kcpp_folders_use(FOLDERS src/saving src/data TARGETS kcpp_deps::zlib_headers)
if(KCPP_HAVE_ONEDNN)
  kcpp_folders_use(FOLDERS backend/onednn TARGETS DNNL::dnnl kcpp_deps::random123)
  # Own kernels: vectorise, and let sqrt and division be vector instructions (results stay IEEE).
  set_property(SOURCE ${kcpp_onednn_sources} APPEND PROPERTY COMPILE_OPTIONS
    $<$<NOT:$<CONFIG:Debug>>:-O3> -fno-math-errno -fno-trapping-math
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)  # g++ 12: false alarms in its own intrinsics
endif()

# What runs once a model, a file or an epoch is compiled for size: half as large, and sooner compiled.
# What runs once an op or a step stays at -O2.
set(kcpp_small_sources ${kcpp_sources})
list(FILTER kcpp_small_sources INCLUDE REGEX
  "/src/(callbacks|cli|layers|losses|metrics|models|optimizers|saving)/|/src/ops/op_table")
list(FILTER kcpp_small_sources EXCLUDE REGEX
  "/src/(layers/layer_call|models/trainer|models/graph|optimizers/optimizer|saving/containers/.*)\\.cpp$")
set_property(SOURCE ${kcpp_small_sources} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-Os>)

# --- the two kinds of library ---------------------------------------------------------------------
function(kcpp_add_library name kind)
  add_library(${name} ${kind} $<TARGET_OBJECTS:kcpp_objects>)
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${name} PRIVATE kcpp_deps::openblas kcpp_deps::zlib
    OpenMP::OpenMP_CXX Threads::Threads ${CMAKE_DL_LIBS})
  if(KCPP_HAVE_ONEDNN)
    target_link_libraries(${name} PRIVATE DNNL::dnnl)
  endif()
  if(KCPP_SANITIZE)
    target_link_options(${name} PUBLIC -fsanitize=${kcpp_sanitizers})
  elseif(kind STREQUAL "SHARED" AND NOT APPLE)
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  set_target_properties(${name} PROPERTIES OUTPUT_NAME kcpp EXPORT_NAME kcpp LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH "$ORIGIN" INSTALL_RPATH_USE_LINK_PATH ON)
endfunction()

if(BUILD_SHARED_LIBS)
  set(kcpp_other kcpp_static)
  kcpp_add_library(kcpp SHARED)
  kcpp_add_library(kcpp_static STATIC)
else()
  set(kcpp_other kcpp_shared)
  kcpp_add_library(kcpp STATIC)
  kcpp_add_library(kcpp_shared SHARED)
endif()
set_target_properties(${kcpp_other} PROPERTIES EXCLUDE_FROM_ALL ON)
add_library(kcpp::kcpp ALIAS kcpp)
