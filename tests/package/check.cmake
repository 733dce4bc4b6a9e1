# Builds the ten-line project consumer/ against kcpp as one of
#   static, shared   an installation of this kind into a temporary prefix
#   build            the build folder, without installing
#   subproject       add_subdirectory; configured only: building it would compile all of kcpp again
# Called as: cmake -DKIND=.. -DLIBRARY=TARGET -DSOURCE=.. -DBUILD=.. -DCXX=.. -DBUILD_TYPE=.. -P check.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

set(work ${BUILD}/package/test_${KIND})
file(REMOVE_RECURSE ${work})
set(find)
if(KIND STREQUAL "build")
  set(find -Dkcpp_DIR=${BUILD})
elseif(KIND STREQUAL "subproject")
  set(find -DKCPP_SOURCE=${SOURCE})
else()
  if(NOT LIBRARY STREQUAL "kcpp")
    run(${CMAKE_COMMAND} --build ${BUILD} --target ${LIBRARY} kcpp_models_other)
  endif()
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix --component kcpp_${KIND})
  set(find -DCMAKE_PREFIX_PATH=${work}/prefix)
endif()

run(${CMAKE_COMMAND} -G Ninja -S ${SOURCE}/tests/package/consumer -B ${work}/build ${find}
  -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_BUILD_TYPE=${BUILD_TYPE}
  -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
if(NOT KIND STREQUAL "subproject")
  run(${CMAKE_COMMAND} --build ${work}/build)
  run(${work}/build/consumer)
  message(STATUS "${KIND}: ${output}")
endif()
