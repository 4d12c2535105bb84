# Session, arbitration and recovery: from packets to an ordered stream.
lln_library(NAME handler
  SOURCES
    src/feed_config.cpp
    src/glimpse_client.cpp
    src/glimpse_stream.cpp
    src/recovery.cpp
    src/reorder_window.cpp
    src/rerequest_client.cpp
  DEPENDS lln::handler_books lln::feed lln::net lln::latency)

lln_unit_test(NAME feed_session
  SOURCES tests/mold_session_test.cpp tests/reorder_window_test.cpp tests/arbiter_test.cpp tests/arbiter_session_test.cpp
          tests/rerequest_test.cpp tests/snapshot_test.cpp tests/end_of_day_test.cpp
          tests/feed_property_test.cpp tests/snapshot_splice_test.cpp
  LIBRARIES lln::handler
  LANES asan
  LABELS portable)

lln_unit_test(NAME feed_clients
  SOURCES tests/glimpse_client_test.cpp tests/rerequest_client_test.cpp
  LIBRARIES lln::handler
  LANES asan)
lln_unit_test(NAME feed_sockets  # AddressSanitizer has an operator new of its own
  SOURCES tests/feed_sockets_test.cpp tests/allocation_count.cpp
  LIBRARIES lln::handler)

lln_bench(NAME arbiter SOURCES bench/arbiter_bench.cpp LIBRARIES lln::handler)

if(COMMAND lln_fuzz_target AND EXISTS "${CMAKE_SOURCE_DIR}/final_project/fuzz/corpus/handler_fuzz")
  lln_fuzz_target(NAME handler_fuzz
    SOURCES "${CMAKE_SOURCE_DIR}/final_project/fuzz/handler_fuzz.cpp"
    LIBRARIES lln::handler)
endif()
