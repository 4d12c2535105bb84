# BPF programs in C, compiled by clang, with the skeleton header that bpftool makes of them (libbpf, CO-RE).
#
#   lln_bpf(NAME whodunit SOURCE bpf/whodunit.bpf.c [DEPENDS header...])
#
# makes the library lln_bpf_whodunit: link it and include "whodunit.skel.h". Where the tools are missing, LLN_BPF_FOUND
# is false and the summary says which packages they are in; folders ask it before they call the function.

function(lln_find_bpf_tools)
  set(missing "")
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(LLN_LIBBPF QUIET IMPORTED_TARGET libbpf>=1.0)
  endif()
  if(NOT LLN_LIBBPF_FOUND)
    list(APPEND missing libbpf-dev pkgconf)
  endif()

  find_program(LLN_BPF_CLANG NAMES clang clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
  if(NOT LLN_BPF_CLANG)
    list(APPEND missing clang)
  endif()

  # Debian has a package bpftool; Ubuntu's is a script in linux-tools-common that looks for the tools of the running
  # kernel and fails where they are not installed. Any kernel's tools can make a header.
  file(GLOB versions /usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool)
  foreach(candidate bpftool ${versions})
    find_program(LLN_BPFTOOL NAMES "${candidate}" PATHS /usr/sbin /usr/local/sbin VALIDATOR lln_bpftool_works)
  endforeach()
  if(NOT LLN_BPFTOOL)
    list(APPEND missing "bpftool (Ubuntu 24.04: linux-tools-common and linux-tools-generic)")
  endif()

  if(CMAKE_CROSSCOMPILING)
    set(LLN_BPF_FOUND FALSE PARENT_SCOPE)
  elseif(missing)
    set(LLN_BPF_FOUND FALSE PARENT_SCOPE)
    list(JOIN missing " " packages)
    lln_summary("BPF: no (apt: ${packages}); lln-whodunit and all of XDP are not built")
  else()
    set(LLN_BPF_FOUND TRUE PARENT_SCOPE)
    lln_summary("BPF: yes")
  endif()
endfunction()

function(lln_bpftool_works result program)
  execute_process(COMMAND "${program}" version RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

function(lln_bpf)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;SOURCE" "DEPENDS")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/bpf")
  set(object "${folder}/${arg_NAME}.bpf.o")
  set(header "${folder}/${arg_NAME}.skel.h")
  file(MAKE_DIRECTORY "${folder}")
  # How libbpf's macros find a program's arguments depends on the machine that it will run on: this one.
  set(names_x86_64 x86)
  set(names_aarch64 arm64)
  set(architecture "${names_${CMAKE_SYSTEM_PROCESSOR}}")
  # <linux/types.h> wants <asm/types.h>, which Debian keeps in a folder per architecture that -target bpf does not know.
  set(headers "")
  if(CMAKE_LIBRARY_ARCHITECTURE)
    set(headers -idirafter "/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_SOURCE OUTPUT_VARIABLE source)
  set(depends "")
  foreach(file IN LISTS arg_DEPENDS)
    cmake_path(ABSOLUTE_PATH file OUTPUT_VARIABLE path)
    list(APPEND depends "${path}")
  endforeach()
  add_custom_command(
    OUTPUT "${header}"
    COMMAND "${LLN_BPF_CLANG}" -target bpf -O2 -g -Wall -Werror -D__TARGET_ARCH_${architecture} ${headers}
            -c "${source}" -o "${object}"
    COMMAND sh -c "exec \"$1\" gen skeleton \"$2\" name \"$3\" > \"$4\"" sh
            "${LLN_BPFTOOL}" "${object}" "${arg_NAME}" "${header}"
    DEPENDS "${source}" ${depends}
    COMMENT "Compiling BPF programs ${arg_SOURCE}"
    VERBATIM)
  add_custom_target(lln_bpf_${arg_NAME}_header DEPENDS "${header}")
  add_library(lln_bpf_${arg_NAME} INTERFACE)
  add_dependencies(lln_bpf_${arg_NAME} lln_bpf_${arg_NAME}_header)
  target_include_directories(lln_bpf_${arg_NAME} SYSTEM INTERFACE "${folder}")
  target_link_libraries(lln_bpf_${arg_NAME} INTERFACE PkgConfig::LLN_LIBBPF)
endfunction()

lln_find_bpf_tools()
