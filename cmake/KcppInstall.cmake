# Installation and the package config: find_package(kcpp) works from the prefix and, without
# installing, from the build folder. `cmake --install` installs the kind of library that
# BUILD_SHARED_LIBS chose; the other kind is the component kcpp_static or kcpp_shared.
include(CMakePackageConfigHelpers)

set(kcpp_config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/kcpp)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/kcppConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)

# Installs the library `target` and its `models` with their headers and package config.
function(kcpp_install_library target models)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    set(kcpp_kind shared)
  else()
    set(kcpp_kind static)
  endif()
  set(options COMPONENT kcpp_${kcpp_kind})
  if(NOT target STREQUAL "kcpp")
    list(APPEND options EXCLUDE_FROM_ALL)
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/package/${kcpp_kind})
  configure_package_config_file(cmake/kcppConfig.cmake.in ${folder}/kcppConfig.cmake
    INSTALL_DESTINATION ${kcpp_config_folder})
  install(TARGETS ${target} ${models} EXPORT ${target}Targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} ${options}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ${options}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} ${options})
  install(EXPORT ${target}Targets FILE kcpp-${kcpp_kind}.cmake NAMESPACE kcpp::
    DESTINATION ${kcpp_config_folder} ${options})
  install(FILES ${folder}/kcppConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/kcppConfigVersion.cmake
    cmake/KcppDependencies.cmake DESTINATION ${kcpp_config_folder} ${options})
  install(DIRECTORY include/ models/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${options})

  if(target STREQUAL "kcpp")
    # -Dkcpp_DIR=BUILD_FOLDER uses the library where it was built.
    configure_file(${folder}/kcppConfig.cmake kcppConfig.cmake COPYONLY)
    configure_file(cmake/KcppDependencies.cmake KcppDependencies.cmake COPYONLY)
    export(EXPORT kcppTargets FILE kcpp-${kcpp_kind}.cmake NAMESPACE kcpp::)
  endif()
endfunction()

kcpp_install_library(kcpp kcpp_models)
kcpp_install_library(${kcpp_other} kcpp_models_other)
if(TARGET kcpp_cli)
  install(TARGETS kcpp_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
