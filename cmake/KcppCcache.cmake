# Compile through ccache when it is there. Only for kcpp as the top-level project: in somebody else's
# build the compiler launcher is theirs to choose.
find_program(KCPP_CCACHE ccache)
mark_as_advanced(KCPP_CCACHE)
if(KCPP_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${KCPP_CCACHE})
endif()
