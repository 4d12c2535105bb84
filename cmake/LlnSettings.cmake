# Language, warnings and build type: what every target of ours has in common.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# -O2 with debug symbols: profilers and sanitizers name the line; asserts stay in.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")

option(LLN_WERROR "Treat warnings in our code as errors" ON)
option(LLN_UNITY "Compile the sources of a library, program or test as one; OFF: each by itself" ON)

add_library(lln_warnings INTERFACE)
target_compile_options(lln_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<BOOL:${LLN_WERROR}>:-Werror>)

# For code that has to be right, not fast: half the compile time of -O2. A Debug build stays at -O0.
set(LLN_QUICK_FLAGS "$<$<NOT:$<CONFIG:Debug>>:-Og>")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND LLN_QUICK_FLAGS -Wno-maybe-uninitialized)  # false alarms in std::regex, at -Og only
endif()

# For tests that nobody looks at in a debugger: a tenth of their compile time. A Debug build keeps everything.
set(LLN_NO_DEBUG_FLAGS "$<$<NOT:$<CONFIG:Debug>>:-g0>")

# A lane is a set of compile flags for one target; one configured tree holds them all.
set(LLN_LANE_FLAGS_release "")
# -Og: with both sanitizers -O1 takes twice as long to compile, and the tests run no faster for it.
set(LLN_LANE_FLAGS_asan -Og -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Of a unit test's own code ASan tells a null or wild pointer by itself; UBSan's question before each access is a
# quarter of the compile time. Libraries, exercises and fuzzers keep it.
set(LLN_ASAN_TEST_FLAGS -fno-sanitize=null,alignment,object-size,vptr)
set(LLN_LANE_FLAGS_tsan -O1 -fsanitize=thread -fno-omit-frame-pointer)
# GCC's sanitizer instrumentation confuses its own flow analysis into false alarms.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND LLN_LANE_FLAGS_asan -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow)
  # ThreadSanitizer does not model stand-alone fences; GCC says so at each one.
  list(APPEND LLN_LANE_FLAGS_tsan -Wno-tsan)
endif()
