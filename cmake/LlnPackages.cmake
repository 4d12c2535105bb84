# System packages only: nothing is downloaded. A missing one is named with its apt package.

include(CheckCXXSourceCompiles)

function(lln_summary line)
  string(REPLACE ";" "\\;" line "${line}")  # one line stays one element of the list
  set_property(GLOBAL APPEND PROPERTY LLN_SUMMARY "  ${line}")
endfunction()

function(lln_print_summary)
  get_property(lines GLOBAL PROPERTY LLN_SUMMARY)
  list(JOIN lines "\n" text)
  message(STATUS "What this build has:\n${text}")
endfunction()

# lln_require(<package> <apt package> [components...])
macro(lln_require package apt)
  find_package(${package} QUIET ${ARGN})
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} is missing. Install it with:  sudo apt-get install ${apt}")
  endif()
endmacro()

# lln_optional(<package> <apt package> <what is switched off without it>)
macro(lln_optional package apt consequence)
  find_package(${package} QUIET ${ARGN})
  if(${package}_FOUND)
    lln_summary("${package}: yes")
  else()
    lln_summary("${package}: no (apt: ${apt}); ${consequence}")
  endif()
endmacro()

find_package(Threads REQUIRED)

if(CMAKE_CROSSCOMPILING)
  # Debian has no cross-compiled GoogleTest package, but ships the source (package googletest).
  if(NOT EXISTS /usr/src/googletest/CMakeLists.txt)
    message(FATAL_ERROR "GoogleTest's source is missing. Install it with:  sudo apt-get install googletest")
  endif()
  set(INSTALL_GTEST OFF)
  add_subdirectory(/usr/src/googletest "${CMAKE_BINARY_DIR}/googletest" EXCLUDE_FROM_ALL SYSTEM)
  lln_summary("cross-compiling for ${CMAKE_SYSTEM_PROCESSOR}: benches and the final project's programs are left out")
else()
  lln_require(GTest libgtest-dev)
  lln_require(ZLIB zlib1g-dev)
  lln_require(nlohmann_json nlohmann-json3-dev)
  lln_require(CLI11 libcli11-dev)
  lln_optional(benchmark libbenchmark-dev "benches are not built")
  lln_optional(Boost libboost-dev "boost::lockfree is not measured beside our ring")
endif()
include(GoogleTest)
