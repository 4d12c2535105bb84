# What one candidate (the student's files, the solution, a mutant, the reference) is built into. Called by
# LlnExercises.cmake, whose variables these functions read: id, edit, links, tests, used_edit, used_students, used_solutions
# and those of "program".
#
# As a rule the tests are compiled against the candidate, into one program. With "program" in the manifest the
# candidate is a program of its own, and the tests are a driver, compiled once, that starts it.

# One test program of the testkit. It lies in build/.../exercises; nothing but its objects is its own.
function(lln_exercise_binary target lane directory)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "OUTPUT_NAME;WARNINGS" "SOURCES;INCLUDES;LINKS")
  if(lane STREQUAL "model")
    set(lane release)
  endif()
  add_executable(${target} ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME "${arg_OUTPUT_NAME}"
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/exercises/${directory}")
  target_include_directories(${target} PRIVATE ${arg_INCLUDES})
  lln_lane_libraries(${lane} libraries ${arg_LINKS})
  target_link_libraries(${target} PRIVATE lln_testkit_${lane} ${libraries} ${arg_WARNINGS})
  lln_apply_lane(${target} ${lane} PRIVATE)
  target_precompile_headers(${target} REUSE_FROM lln_testkit_${lane})
  lln_unity(${target})
endfunction()

# The first of the folders that has the file.
function(lln_find_candidate_file out file)
  set(${out} "" PARENT_SCOPE)
  foreach(place IN LISTS ARGN)
    if(EXISTS "${place}/${file}")
      set(${out} "${place}/${file}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# The program of one candidate: the include path begins with the candidate's folders, the last arguments; those of the
# exercises that it uses follow.
function(lln_candidate kind target output lane)
  set(places ${ARGN})
  set(used ${used_students})
  set(warnings lln_candidate_warnings)
  if(NOT "${kind}" STREQUAL "student")
    set(used ${used_solutions} ${used_students})
  endif()
  if("${kind}" MATCHES "solution|reference")
    set(warnings lln_warnings)
  endif()
  set(more_links "")
  if("${kind}" STREQUAL "reference")
    set(more_links ${reference_links})
  endif()
  set(sources "")
  foreach(file IN LISTS edit used_edit)
    if(file MATCHES "\\.cpp$")
      lln_find_candidate_file(found "${file}" ${places} ${used})
      list(APPEND sources ${found})
    endif()
  endforeach()
  if(program_borrowed AND "${kind}" MATCHES "student|solution")
    lln_borrowed_candidate(${kind} ${target} ${lane})
  elseif(program)
    lln_program_candidate(${target} ${lane} OUTPUT_NAME ${output} WARNINGS ${warnings}
      SOURCES ${sources} INCLUDES ${places} ${used} LINKS ${more_links})
  else()
    lln_exercise_binary(${target} ${lane} ${id} OUTPUT_NAME ${output} WARNINGS ${warnings}
      SOURCES ${tests} ${sources} INCLUDES ${places} ${used} LINKS ${links} ${more_links})
  endif()
endfunction()

# Nothing to edit of its own: what is judged is the program of the exercise that it uses, with other tests.
function(lln_borrowed_candidate kind target lane)
  add_custom_target(${target})
  add_dependencies(${target} ${own_id}.${kind}.${lane} ${id}.driver)
endfunction()

# The given sources of a program see nothing of a candidate: compiled once a lane, for all of them.
function(lln_program_objects lane)
  set(target ${own_id}.given.${lane})
  if(NOT TARGET ${target})
    add_library(${target} OBJECT EXCLUDE_FROM_ALL ${program_sources})
    lln_lane_libraries(${lane} libraries ${program_links})
    target_link_libraries(${target} PRIVATE ${libraries} lln_warnings)
    lln_apply_lane(${target} ${lane} PRIVATE)
  endif()
endfunction()

function(lln_program_candidate target lane)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "OUTPUT_NAME;WARNINGS" "SOURCES;INCLUDES;LINKS")
  set(given "")
  if(program_sources)
    lln_program_objects(${lane})
  endif()
  if(TARGET ${own_id}.given.${lane})
    set(given $<TARGET_OBJECTS:${own_id}.given.${lane}>)
  endif()
  add_executable(${target} ${arg_SOURCES} ${given})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME "${arg_OUTPUT_NAME}"
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/exercises/${id}")
  target_include_directories(${target} PRIVATE ${arg_INCLUDES})
  lln_lane_libraries(${lane} libraries ${program_links} ${arg_LINKS})
  target_link_libraries(${target} PRIVATE ${libraries} ${arg_WARNINGS})
  lln_apply_lane(${target} ${lane} PRIVATE)
  add_dependencies(${target} ${id}.driver)
endfunction()

# The driver, and beside it the programs that it starts ("needs"). Never in a sanitizer's lane: it is not what is judged.
function(lln_program_driver)
  lln_exercise_binary(${id}.driver release ${id} OUTPUT_NAME driver WARNINGS lln_warnings
    SOURCES ${all_tests} LINKS ${links})
  target_compile_options(${id}.driver PRIVATE ${LLN_QUICK_FLAGS})  # it starts programs and waits for them
  if(program_needs)
    add_dependencies(${id}.driver ${program_needs})
  endif()
endfunction()

# A mutant meets one group only: of several test sources it needs those with a suite of that group. All of them, when
# the filter does not tell. What is left out by mistake shows: a filter that selects no test is no rejection.
function(lln_tests_of_group filter out)
  set(needed "")
  string(REPLACE ":" ";" patterns "${filter}")
  foreach(pattern IN LISTS patterns)
    set(found "")
    if(pattern MATCHES "^([A-Za-z0-9_]+)\\.")
      set(suite ${CMAKE_MATCH_1})
      foreach(source IN LISTS ARGN)
        file(STRINGS "${source}" lines REGEX "TEST(_F|_P)?\\(${suite},")
        if(lines)
          list(APPEND found "${source}")
        endif()
      endforeach()
    endif()
    if(NOT found)
      set(found ${ARGN})
    endif()
    list(APPEND needed ${found})
  endforeach()
  list(REMOVE_DUPLICATES needed)
  set(${out} ${needed} PARENT_SCOPE)
endfunction()
