# The functions with which every folder declares its targets.
#
#   lln_module(NUMBER 02 NAME lock_free [SOURCES ...] [DEPENDS lln::latency ...])
#   lln_library(NAME feed [SOURCES ...] [DEPENDS lln::net ...])     the same, outside the numbered modules
#   lln_unit_test(NAME spsc_ring SOURCES ... LIBRARIES lln::lock_free [LANES release tsan] [LABELS ...])
#   lln_bench(NAME spsc_ring SOURCES ... LIBRARIES ... [SMOKE ...])  Google Benchmark, smoke-tested by ctest; SMOKE: more
#                                                                    options for that test, a filter for instance
#   lln_program(NAME lln-exchange SOURCES ... LIBRARIES ...)
#
# Each library exists once a lane (release, asan, tsan): lln_net, lln_net_asan, lln_net_tsan. The sanitizer
# variants are built only when a test of that lane needs them.

set(LLN_LANES release asan tsan)

function(lln_lane_suffix lane out)
  if(lane STREQUAL "release")
    set(${out} "" PARENT_SCOPE)
  else()
    set(${out} "_${lane}" PARENT_SCOPE)
  endif()
endfunction()

# Turns lln::net into the target of one lane (lln_net_tsan); leaves other libraries as they are.
function(lln_lane_libraries lane out)
  lln_lane_suffix(${lane} suffix)
  set(result "")
  foreach(library IN LISTS ARGN)
    if(library MATCHES "^lln::(.+)$")
      list(APPEND result "lln_${CMAKE_MATCH_1}${suffix}")
    else()
      list(APPEND result "${library}")
    endif()
  endforeach()
  set(${out} "${result}" PARENT_SCOPE)
endfunction()

function(lln_apply_lane target lane scope)
  target_compile_options(${target} ${scope} ${LLN_LANE_FLAGS_${lane}})
  if(NOT lane STREQUAL "release")
    list(FILTER LLN_LANE_FLAGS_${lane} INCLUDE REGEX "^-fsanitize=")
    target_link_options(${target} ${scope} ${LLN_LANE_FLAGS_${lane}})
  endif()
endfunction()

# All sources of a target as one: half the compile time. LLN_UNITY=OFF (preset clang-16) keeps all apart, so
# that each file shows that it stands alone.
function(lln_unity target)
  if(LLN_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
  endif()
endfunction()

# Sources that read options or write reports: nothing that is measured, out of templates that -O2 compiles for long.
function(lln_cold_sources)
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS ${LLN_QUICK_FLAGS})
endfunction()

function(lln_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPENDS")
  foreach(lane IN LISTS LLN_LANES)
    lln_lane_suffix(${lane} suffix)
    lln_lane_libraries(${lane} depends ${arg_DEPENDS})
    set(target lln_${arg_NAME}${suffix})
    if(arg_SOURCES)
      add_library(${target} STATIC ${arg_SOURCES})
      target_link_libraries(${target} PUBLIC ${depends} Threads::Threads PRIVATE lln_warnings)
      target_include_directories(${target} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
      lln_apply_lane(${target} ${lane} PRIVATE)
      lln_unity(${target})
      if(NOT lane STREQUAL "release")
        set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
      endif()
    else()
      add_library(${target} INTERFACE)
      target_link_libraries(${target} INTERFACE ${depends} Threads::Threads)
      target_include_directories(${target} INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/include")
    endif()
  endforeach()
  add_library(lln::${arg_NAME} ALIAS lln_${arg_NAME})
endfunction()

# A module may link lower numbers only; the rule that keeps the course readable in order is checked here.
function(lln_module)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NUMBER;NAME" "SOURCES;DEPENDS")
  foreach(library IN LISTS arg_DEPENDS)
    if(library MATCHES "^lln::(.+)$")
      get_property(number GLOBAL PROPERTY LLN_MODULE_NUMBER_${CMAKE_MATCH_1})
      if(NOT number)
        message(FATAL_ERROR
          "Module ${arg_NUMBER} (lln::${arg_NAME}) links ${library}, which is no module declared before it. "
          "Modules link lower-numbered modules only.")
      elseif(NOT number LESS arg_NUMBER)
        message(FATAL_ERROR
          "Module ${arg_NUMBER} (lln::${arg_NAME}) links ${library} of module ${number}. "
          "Dependencies point down the numbers only: move the shared part to a lower module.")
      endif()
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY LLN_MODULE_NUMBER_${arg_NAME} ${arg_NUMBER})
  lln_library(NAME ${arg_NAME} SOURCES ${arg_SOURCES} DEPENDS ${arg_DEPENDS})
endfunction()

# GoogleTest's header is most of a test's compile time: one precompiled copy a lane, shared by all its tests.
function(lln_reuse_test_header target lane)
  lln_lane_suffix(${lane} suffix)
  set(owner lln_test_header${suffix})
  if(NOT TARGET ${owner})
    file(WRITE "${CMAKE_BINARY_DIR}/test_header.cpp" "// Carries the precompiled header of the unit tests.\n")
    add_library(${owner} OBJECT EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/test_header.cpp")
    target_precompile_headers(${owner} PRIVATE <gtest/gtest.h>)
    target_link_libraries(${owner} PRIVATE lln_warnings GTest::gtest Threads::Threads)
    lln_apply_lane(${owner} ${lane} PRIVATE)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

# Lanes: asan where the code under test reads bytes or owns memory, tsan where threads share data, release where
# optimisation is the subject (memory orders, vector code) or a sanitizer is in the way (counted allocations, locked
# memory). One test in two lanes is compiled twice; the cross-compiled tests are all of lane release.
#
# LLN_QUICK_TEST_BUILDS, set by a folder: its tests at -Og, half the compile time. For code that whole programs run
# optimised in other tests; where memory orders are tested, the optimiser has to have its say.
function(lln_unit_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "SERIAL" "NAME;TIMEOUT;PROCESSORS" "SOURCES;LIBRARIES;LANES;LABELS")
  if(NOT arg_LANES)
    set(arg_LANES release)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(CMAKE_CROSSCOMPILING)
    set(arg_LANES release)  # sanitizers do not run under user-mode emulation
  endif()
  foreach(lane IN LISTS arg_LANES)
    lln_lane_suffix(${lane} suffix)
    lln_lane_libraries(${lane} libraries ${arg_LIBRARIES})
    set(target ${arg_NAME}_test${suffix})
    add_executable(${target} ${arg_SOURCES})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    lln_unity(${target})
    target_link_libraries(${target} PRIVATE ${libraries} lln_warnings GTest::gtest_main)
    lln_apply_lane(${target} ${lane} PRIVATE)
    if(LLN_QUICK_TEST_BUILDS AND lane STREQUAL "release")
      target_compile_options(${target} PRIVATE ${LLN_QUICK_FLAGS})
    endif()
    lln_reuse_test_header(${target} ${lane})
    if(lane STREQUAL "release")
      target_compile_options(${target} PRIVATE ${LLN_NO_DEBUG_FLAGS})
    elseif(lane STREQUAL "asan")
      target_compile_options(${target} PRIVATE ${LLN_ASAN_TEST_FLAGS})
    endif()
    if(suffix)
      string(REPLACE "_" "." test_suffix "${suffix}")
    else()
      set(test_suffix "")
    endif()
    set(properties TIMEOUT ${arg_TIMEOUT})
    if(arg_SERIAL)
      list(APPEND properties RUN_SERIAL TRUE)
    endif()
    if(arg_PROCESSORS)  # threads that wait for each other by spinning
      list(APPEND properties PROCESSORS ${arg_PROCESSORS})
    endif()
    gtest_discover_tests(${target}
      TEST_PREFIX "${arg_NAME}." TEST_SUFFIX "${test_suffix}"
      DISCOVERY_TIMEOUT 60
      TEST_LIST ${target}_list
      PROPERTIES ${properties})
    # Labels are a list, and gtest_discover_tests flattens lists: they are set when ctest reads the tests.
    set(labels_file "${CMAKE_CURRENT_BINARY_DIR}/${target}_labels.cmake")
    file(WRITE "${labels_file}"
      "foreach(test IN LISTS ${target}_list)\n"
      "  set_tests_properties(\"\${test}\" PROPERTIES LABELS \"unit;${arg_LABELS}\")\n"
      "endforeach()\n")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${labels_file}")
  endforeach()
endfunction()

# In ctest a bench only proves that it starts and produces results; claims come from hand-started campaigns.
function(lln_bench)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LIBRARIES;SMOKE")
  if(CMAKE_CROSSCOMPILING OR NOT benchmark_FOUND)
    return()
  endif()
  set(target ${arg_NAME}_bench)
  add_executable(${target} ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} lln_warnings benchmark::benchmark_main)
  add_test(NAME bench.${arg_NAME} COMMAND ${target} --benchmark_min_time=0.001 ${arg_SMOKE})
  set_tests_properties(bench.${arg_NAME} PROPERTIES LABELS "bench-smoke" TIMEOUT 120)
endfunction()

function(lln_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LIBRARIES")
  add_executable(${arg_NAME} ${arg_SOURCES})
  lln_unity(${arg_NAME})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBRARIES} lln_warnings)
endfunction()
