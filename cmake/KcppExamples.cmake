# Each file of examples/ is one program, and one test.
file(GLOB kcpp_example_sources CONFIGURE_DEPENDS examples/*.cpp)
foreach(source IN LISTS kcpp_example_sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(example_${name} ${source})
  set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/examples)
  target_link_libraries(example_${name} PRIVATE kcpp kcpp_flags)
  if(KCPP_BUILD_TESTS)
    add_test(NAME example.${name} COMMAND example_${name}
      WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/examples)
    set_tests_properties(example.${name} PROPERTIES LABELS example TIMEOUT 900
      # Small enough for a test: an example that trains looks at this variable for its epochs.
      ENVIRONMENT "KCPP_EXAMPLE_QUICK=1;${kcpp_test_environment}")
  endif()
endforeach()
