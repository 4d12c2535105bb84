# Session, arbitration and recovery: from packets to an ordered stream.
lln_library(NAME handler
  SOURCES
    src/feed_config.cpp
    src/glimpse_client.cpp
    src/recovery.cpp
    src/reorder_window.cpp
    src/rerequest_client.cpp
  DEPENDS lln::handler_books lln::feed lln::net lln::latency)
