# gyre_module(NAME [USES target...] [PRIVATE target...])
#
# One library a folder: every *.cc beside the CMakeLists.txt, except *_test.cc, *_bench.cc and *_fuzz.cc.
# The tests become one executable NAME_test. USES names what the public headers need, PRIVATE what only the sources need.
function(gyre_module name)
  cmake_parse_arguments(arg "" "" "USES;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ${arg_USES} PRIVATE ${arg_PRIVATE})

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gmock GTest::gtest_main)
    target_link_libraries(${name}_test PRIVATE ${arg_PRIVATE})
    add_test(NAME ${name} COMMAND ${name}_test)
    add_dependencies(tests ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
