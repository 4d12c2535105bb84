# Session, arbitration and recovery: from packets to an ordered stream.
lln_library(NAME handler
  SOURCES
    src/feed_config.cpp
    src/glimpse_client.cpp
    src/recovery.cpp
    src/reorder_window.cpp
    src/rerequest_client.cpp
  DEPENDS lln::handler_books lln::feed lln::net lln::latency)

lln_unit_test(NAME feed_session
  SOURCES tests/mold_session_test.cpp tests/reorder_window_test.cpp tests/arbiter_test.cpp tests/recovery_test.cpp
  LIBRARIES lln::handler
  LANES release asan
  LABELS portable)
