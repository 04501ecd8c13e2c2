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
    gyre_test(${name} ${tests})
    target_link_libraries(${name}_test PRIVATE ${arg_PRIVATE})
  endif()
endfunction()

# gyre_test(NAME source...): the tests of the library NAME. They find the pinned libraries, models to run, and the contract of our REST.
function(gyre_test name)
  add_executable(${name}_test ${ARGN})
  target_link_libraries(${name}_test PRIVATE ${name} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  add_dependencies(tests ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "GYRE_LIB_DIR=${GYRE_DEPS}/lib;GYRE_TEST_DATA=${CMAKE_SOURCE_DIR}/src/infer/testdata;GYRE_OPENAPI=${CMAKE_SOURCE_DIR}/api/openapi")
endfunction()
