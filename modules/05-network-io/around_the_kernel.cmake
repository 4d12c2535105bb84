# What goes around the kernel, or changes it: each part where its tools are, as a library of its own beside lln::net.
# Without their tools, UringLoop and XdpSocket are there too, and why_not() says what is missing; the rest is not.

# lln_module's dependency rule for libraries that belong to this module too: higher modules may link them.
function(lln_net_part name)
  set_property(GLOBAL PROPERTY LLN_MODULE_NUMBER_${name} 05)
endfunction()

if(LLN_LIBURING_FOUND)
  lln_library(NAME net_uring
    SOURCES src/uring_loop.cpp src/uring_memory.cpp
    DEPENDS lln::net PkgConfig::LLN_LIBURING)
  lln_net_part(net_uring)
  lln_unit_test(NAME uring
    SOURCES tests/uring_loop_test.cpp tests/uring_stream_test.cpp LIBRARIES lln::net_uring LANES asan)
else()
  lln_library(NAME net_uring SOURCES src/without_uring.cpp DEPENDS lln::net)
  lln_net_part(net_uring)
endif()

if(LLN_BPF_FOUND)
  lln_bpf(NAME xdp_to_socket SOURCE bpf/xdp_to_socket.bpf.c DEPENDS bpf/udp_headers.h)
  lln_bpf(NAME xdp_filter SOURCE bpf/xdp_filter.bpf.c DEPENDS bpf/udp_headers.h)
  lln_bpf(NAME xdp_counter SOURCE bpf/xdp_counter.bpf.c DEPENDS bpf/udp_headers.h)
  lln_bpf(NAME packet_dropper SOURCE bpf/packet_dropper.bpf.c DEPENDS include/lln/net/detail/seeded_draw.h)
  lln_library(NAME net_xdp
    SOURCES src/packet_dropper.cpp src/xdp_attachment.cpp src/xdp_filter.cpp src/xdp_memory.cpp src/xdp_setup.cpp
            src/xdp_socket.cpp
    DEPENDS lln::net lln_bpf_packet_dropper lln_bpf_xdp_counter lln_bpf_xdp_filter lln_bpf_xdp_to_socket)
  lln_net_part(net_xdp)
  lln_unit_test(NAME xdp
    SOURCES tests/packet_dropper_test.cpp tests/xdp_destinations_test.cpp tests/xdp_filter_test.cpp
          tests/xdp_socket_test.cpp
  LIBRARIES lln::net_xdp LANES asan LABELS root)
else()
  lln_library(NAME net_xdp SOURCES src/without_xdp.cpp DEPENDS lln::net)
  lln_net_part(net_xdp)
endif()

if(LLN_DPDK_FOUND)
  lln_library(NAME net_dpdk SOURCES src/dpdk_port.cpp src/dpdk_runtime.cpp DEPENDS lln::net)
  lln_net_part(net_dpdk)
  foreach(lane IN LISTS LLN_LANES)
    lln_lane_suffix(${lane} suffix)
    # Private: its headers do not pass our warnings, and its flags choose a CPU.
    target_link_libraries(lln_net_dpdk${suffix} PRIVATE PkgConfig::LLN_DPDK)
  endforeach()
  lln_unit_test(NAME dpdk SOURCES tests/dpdk_port_test.cpp LIBRARIES lln::net_dpdk LANES asan LABELS root)
endif()
