# Exercises, registered from their manifests (exercises/<module>/<name>/exercise.json).
#
#   lln_exercises(EXERCISES <dir> SOLUTIONS <dir>)       every exercise below, with its solution and mutants
#   lln_exercises(MODULE 08 EXERCISES <dir> ...          the same for one module, whose exercises lie in <dir> itself.
#                 REFERENCE_LINKS ...)                   Call it behind the libraries of "links" and of references
#   lln_testkit(SOURCES ...)                             the test support, one library a lane
#   lln_testkit_test(NAME story SOURCES ... LANES ...)   the tests of the test support itself
#
# The same test source is compiled against the student's file, the solution and each mutant; what
# `#include <spsc_ring.hpp>` finds is decided by the include path alone. Targets and ctest tests:
#
# | target                    | built from                        | ctest test                                |
# |---------------------------|-----------------------------------|-------------------------------------------|
# | 02-01.student.<lane>      | the student's file                | 02-01.student.<group>.<lane>              |
# |                           |                                   | 02-01.pristine.<group>: red as shipped    |
# | 02-01.solution.<lane>     | the solution                      | 02-01.solution.<group>.<lane>             |
# | 02-01.mutant.<name>       | the solution with one file wrong  | 02-01.mutant.<name>                       |
# | 02-01.reference           | solution's folder reference/, a   | 02-01.reference.<group>                   |
# |                           | different answer; where there is  |                                           |
# |                           | one, and in lane release          |                                           |
#
# Collected in the targets 02-01 (student, all lanes), 02-01.solution, 02-01.mutants, students, solutions
# and mutants. tools/judge.py runs each test and says which outcome was the right one.
#
# Lane model has the flags and libraries of release, and a program of its own: the sources *_model_test.cpp, which
# the other lanes leave out.

include(LlnManifest)
include(LlnCandidates)

set(LLN_JUDGE "${CMAKE_CURRENT_LIST_DIR}/../tools/judge.py")
cmake_path(NORMAL_PATH LLN_JUDGE)
find_package(Python3 3.11 QUIET COMPONENTS Interpreter)

# A student's first attempts, and wrong code on purpose, may earn warnings; only the house's code may not. Three
# of GCC's guess from values that a stub or a mutant makes constant.
add_library(lln_candidate_warnings INTERFACE)
target_compile_options(lln_candidate_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-maybe-uninitialized;-Wno-stringop-overflow>)

function(lln_testkit)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "SOURCES")
  foreach(lane IN LISTS LLN_LANES)
    set(target lln_testkit_${lane})
    add_library(${target} STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
    target_include_directories(${target} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_link_libraries(${target} PUBLIC GTest::gtest Threads::Threads ${CMAKE_DL_LIBS} PRIVATE lln_warnings)
    # Fortified calls go to functions of other names, past those that count (Ubuntu fortifies by default).
    target_compile_options(${target} PUBLIC -U_FORTIFY_SOURCE)
    lln_apply_lane(${target} ${lane} PRIVATE)
    # GoogleTest is most of a test's compile time: compiled once a lane, for all exercises.
    target_precompile_headers(${target} PRIVATE <lln/testkit/testkit.hpp>)
    if(NOT lane STREQUAL "release")
      lln_unity(${target})
    endif()
  endforeach()
endfunction()

function(lln_testkit_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LANES")
  foreach(lane IN LISTS arg_LANES)
    set(target testkit.${arg_NAME}.${lane})
    lln_exercise_binary(${target} ${lane} testkit OUTPUT_NAME ${arg_NAME}.${lane} WARNINGS lln_warnings
      SOURCES ${arg_SOURCES})
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES LABELS "unit;testkit" TIMEOUT 120 SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

function(lln_exercises)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "MODULE;EXERCISES;SOLUTIONS" "REFERENCE_LINKS")
  if(NOT Python3_FOUND)
    lln_summary("Python 3.11: no (apt: python3); exercises are not built")
    return()
  endif()
  lln_exercises_once()
  set(depth "*/*")
  if(DEFINED arg_MODULE)
    set(depth "*")
  endif()
  # Listed anew at each build: a new exercise, test or mutant is found without a word to CMake.
  file(GLOB manifests CONFIGURE_DEPENDS "${arg_EXERCISES}/${depth}/exercise.json")
  foreach(manifest IN LISTS manifests)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
    cmake_path(GET manifest PARENT_PATH directory)
    cmake_path(RELATIVE_PATH directory BASE_DIRECTORY "${arg_EXERCISES}" OUTPUT_VARIABLE relative)
    lln_exercise("${directory}" "${arg_SOLUTIONS}/${relative}" "${arg_MODULE}")
  endforeach()
  list(LENGTH manifests count)
  if(DEFINED arg_MODULE)
    lln_summary("exercises of module ${arg_MODULE}: ${count}")
  else()
    lln_summary("exercises: ${count}")
  endif()
endfunction()

# What all exercises share, at the first call.
function(lln_exercises_once)
  if(TARGET students)
    return()
  endif()
  foreach(all students solutions mutants)
    add_custom_target(${all})
  endforeach()
  # `cmake --workflow --preset grade` builds inside ctest, so that a file that does not compile is reported
  # beside the others and stops none of them. Whoever builds first has nothing to do here.
  add_test(NAME student.build
    COMMAND ${CMAKE_COMMAND} --build "${CMAKE_BINARY_DIR}" --target students -- -k 0)
  set_tests_properties(student.build PROPERTIES LABELS "student" TIMEOUT 3600 RUN_SERIAL TRUE)
endfunction()

# A mistake in one exercise must not stop the others: it becomes a test that fails and says what is wrong.
macro(lln_exercise_problem text)
  message(WARNING "${LLN_MANIFEST}: ${text}")
  get_property(number GLOBAL PROPERTY LLN_EXERCISE_PROBLEMS)
  math(EXPR number "0${number} + 1")
  set_property(GLOBAL PROPERTY LLN_EXERCISE_PROBLEMS ${number})
  add_test(NAME exercise-problem.${number} COMMAND ${CMAKE_COMMAND} -E echo "${LLN_MANIFEST}: ${text}")
  set_tests_properties(exercise-problem.${number} PROPERTIES LABELS "tools" WILL_FAIL TRUE)
endmacro()

function(lln_exercise directory solution module)
  set(LLN_MANIFEST "${directory}/exercise.json")
  file(GLOB tests CONFIGURE_DEPENDS "${directory}/*_test.cpp")
  lln_read_manifest("${LLN_MANIFEST}")
  if(PROBLEM)
    lln_exercise_problem("${PROBLEM}")
    return()
  endif()
  set(all_tests ${tests})
  if(NOT module)
    cmake_path(GET directory PARENT_PATH module)
    cmake_path(GET module FILENAME module)
  endif()
  string(REGEX REPLACE "^([0-9]+).*" "module-\\1" module "${module}")

  add_custom_target(${id})
  add_custom_target(${id}.solution)
  add_custom_target(${id}.mutants)
  add_dependencies(students ${id})
  add_dependencies(solutions ${id}.solution)
  add_dependencies(mutants ${id}.mutants)
  if(program)
    lln_program_driver()
  endif()
  # The lanes in which an exercise as shipped has to be red. The student's other lanes are built when they are asked for:
  # by ./course check and grade, and by the target of the exercise.
  set(pristine_lanes "")
  foreach(name IN LISTS group_names)
    list(GET lanes_${name} 0 lane)
    list(APPEND pristine_lanes ${lane})
  endforeach()
  foreach(lane IN LISTS lanes)
    lln_tests_of_lane(${lane})
    lln_candidate(student ${id}.student.${lane} student.${lane} ${lane} "${directory}")
    add_dependencies(${id} ${id}.student.${lane})
    if(NOT lane IN_LIST pristine_lanes AND NOT program_borrowed)
      set_target_properties(${id}.student.${lane} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
    lln_candidate(solution ${id}.solution.${lane} solution.${lane} ${lane} "${solution}" "${directory}")
    if(NOT LLN_LANE_FLAGS_${lane} AND NOT program_borrowed)
      target_compile_options(${id}.solution.${lane} PRIVATE ${LLN_NO_DEBUG_FLAGS})
    endif()
    add_dependencies(${id}.solution ${id}.solution.${lane})
  endforeach()

  foreach(name IN LISTS group_names)
    foreach(lane IN LISTS lanes_${name})
      lln_tests_of_lane(${lane})
      lln_judged(student ${id}.student.${name}.${lane} ${id}.student.${lane} ${lane} ${name})
      lln_judged(solution ${id}.solution.${name}.${lane} ${id}.solution.${lane} ${lane} ${name})
    endforeach()
    list(GET lanes_${name} 0 lane)
    lln_tests_of_lane(${lane})
    lln_judged(pristine ${id}.pristine.${name} ${id}.student.${lane} ${lane} ${name})
  endforeach()

  file(GLOB mutants CONFIGURE_DEPENDS "${solution}/mutants/*/*")
  set(seen "")
  foreach(file IN LISTS mutants)
    lln_mutant("${file}")
  endforeach()

  lln_reference()
endfunction()

# Another answer, of a different inner design: shows that the tests ask for the contract, not for the solution. For a
# program that is built anyway, "reference" in "program" names its target.
macro(lln_reference)
  file(GLOB reference CONFIGURE_DEPENDS "${solution}/reference/*")
  set(reference_target "")
  if(TARGET "${program_reference}")
    set(reference_target ${program_reference})
  elseif(reference)
    lln_tests_of_lane(release)
    set(reference_target ${id}.reference)
    lln_candidate(reference ${reference_target} reference release "${solution}/reference" "${solution}" "${directory}")
  endif()
  if(reference_target)
    add_dependencies(${id}.solution ${reference_target})
    foreach(name IN LISTS group_names)
      if("release" IN_LIST lanes_${name})
        lln_tests_of_lane(release)
        lln_judged(reference ${id}.reference.${name} ${reference_target} release ${name})
      endif()
    endforeach()
  endif()
endmacro()

# Sets `tests` to the sources of one lane.
macro(lln_tests_of_lane lane)
  set(filter_mode EXCLUDE)
  if("${lane}" STREQUAL "model")
    set(filter_mode INCLUDE)
  endif()
  set(tests ${all_tests})
  list(FILTER tests ${filter_mode} REGEX "_model_test\\.cpp$")
endmacro()

# `// mutant: <group> <lane>: <what is wrong>` in the first line of a mutant's file says who must reject it.
macro(lln_mutant file)
  cmake_path(GET file PARENT_PATH mutant_directory)
  cmake_path(GET mutant_directory FILENAME mutant)
  file(STRINGS "${file}" first_line LIMIT_COUNT 1)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  if(first_line MATCHES "^// mutant: ([a-z0-9-]+) ([a-z]+): .+")
    set(group ${CMAKE_MATCH_1})
    set(lane ${CMAKE_MATCH_2})
    if(NOT group IN_LIST group_names OR NOT lane IN_LIST lanes_${group})
      lln_exercise_problem("${file} names group ${group} and lane ${lane}, which are not here")
    elseif(NOT mutant IN_LIST seen)  # a mutant of several files has the line in each of them
      list(APPEND seen ${mutant})
      lln_tests_of_lane(${lane})
      lln_tests_of_group("${filter_${group}}" tests ${tests})
      lln_candidate(mutant ${id}.mutant.${mutant} mutant.${mutant} ${lane}
        "${mutant_directory}" "${solution}" "${directory}")
      if(NOT LLN_LANE_FLAGS_${lane})
        # It has to be wrong, not fast: what is built once and run once is not worth the optimizer's time.
        target_compile_options(${id}.mutant.${mutant} PRIVATE ${LLN_QUICK_FLAGS} ${LLN_NO_DEBUG_FLAGS})
      endif()
      target_compile_options(${id}.mutant.${mutant} PRIVATE -w)  # what is wrong is known
      if(NOT program)
        lln_leave_other_tests_out(${id}.mutant.${mutant} "${filter_${group}}" ${tests})
      endif()
      add_dependencies(${id}.mutants ${id}.mutant.${mutant})
      lln_judged(mutant ${id}.mutant.${mutant} ${id}.mutant.${mutant} ${lane} ${group})
    endif()
  else()
    lln_exercise_problem("${file}: the first line is not  // mutant: <group> <lane>: <what is wrong>")
  endif()
endmacro()

macro(lln_judged kind test target lane group)
  set(watched ${own_edit})
  if("${kind}" STREQUAL "solution" OR "${kind}" STREQUAL "mutant")
    list(TRANSFORM watched PREPEND "${own_solution}/")
  else()
    list(TRANSFORM watched PREPEND "${own_student}/")
  endif()
  if("${kind}" STREQUAL "mutant")
    list(APPEND watched "${mutant_directory}")
  elseif("${kind}" STREQUAL "reference")
    set(watched ${reference})
  endif()
  set(candidate ${target})
  if(program_borrowed)
    string(REGEX REPLACE "^${id}\\.(student|solution)\\." "${own_id}.\\1." candidate ${target})
  endif()
  set(binary --binary "$<TARGET_FILE:${candidate}>")
  if(program)
    set(binary --binary "$<TARGET_FILE:${id}.driver>" --program "$<TARGET_FILE:${candidate}>"
      --bin-dir "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  endif()
  add_test(NAME ${test}
    COMMAND "${Python3_EXECUTABLE}" -I -S "${LLN_JUDGE}" ${kind} --id ${id} --group ${group} --lane ${lane}
            --timeout ${timeout} --filter "${filter_${group}}" ${binary}
            --edit ${watched} --tests ${tests})
  math(EXPR ctest_timeout "${timeout} + 30")  # the judge is the one who ends a test that hangs
  set_tests_properties(${test} PROPERTIES
    LABELS "${kind};${module}" TIMEOUT ${ctest_timeout} SKIP_RETURN_CODE 77)
  if(program)
    set_tests_properties(${test} PROPERTIES PROCESSORS 2)  # the candidate, and what it talks to
  endif()
  if("${kind}" STREQUAL "student")
    set_tests_properties(${test} PROPERTIES DEPENDS student.build)  # an order, not a condition
  endif()
endmacro()
