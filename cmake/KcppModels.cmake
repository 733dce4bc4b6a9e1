# kcpp_models: ready architectures (models/), written with kcpp's public API only. A small static library
# beside the library kcpp; consumers link kcpp::kcpp_models.
file(GLOB kcpp_models_sources CONFIGURE_DEPENDS models/src/*.cpp)

function(kcpp_add_models name library)
  add_library(${name} STATIC ${kcpp_models_sources})
  target_include_directories(${name}
    PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/models/include>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${library})
  target_compile_options(${name} PRIVATE
    $<TARGET_PROPERTY:kcpp_flags,INTERFACE_COMPILE_OPTIONS>)
  set_target_properties(${name} PROPERTIES OUTPUT_NAME kcpp_models EXPORT_NAME kcpp_models
    POSITION_INDEPENDENT_CODE ON)
endfunction()

kcpp_add_models(kcpp_models kcpp)
kcpp_add_models(kcpp_models_other ${kcpp_other})
# One archive name, two kinds of kcpp behind it: they must not overwrite each other.
set_target_properties(kcpp_models_other PROPERTIES EXCLUDE_FROM_ALL ON
  ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/models_other)
add_library(kcpp::kcpp_models ALIAS kcpp_models)
