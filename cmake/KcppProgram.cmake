# The program kcpp, from src/cli.
if(kcpp_cli_sources)
  add_executable(kcpp_cli ${kcpp_cli_sources})
  target_link_libraries(kcpp_cli PRIVATE kcpp kcpp_flags kcpp_deps::cli11)
  target_include_directories(kcpp_cli PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(kcpp_cli PRIVATE KCPP_VERSION="${PROJECT_VERSION}")
  set_target_properties(kcpp_cli PROPERTIES OUTPUT_NAME kcpp
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" INSTALL_RPATH_USE_LINK_PATH ON)
endif()
