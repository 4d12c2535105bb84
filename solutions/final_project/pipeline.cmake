# The handler as a whole: receive stage, pipeline, metrics, report; and the program, from the students' main.cpp.
if(NOT CMAKE_CROSSCOMPILING)
  lln_library(NAME handler_pipeline
    SOURCES
      src/latency_metrics.cpp
      src/packet_receive.cpp
      src/pipeline.cpp
      src/reference_handler.cpp
      src/reference_report.cpp
      src/transport.cpp
      src/uring_receive.cpp
      src/xdp_receive.cpp
    DEPENDS lln::handler lln::handler_app lln::jitter lln::lock_free lln::net_uring lln::net_xdp
            lln::publishing)

  lln_program(NAME lln-handler SOURCES "${CMAKE_SOURCE_DIR}/final_project/app/main.cpp"
    LIBRARIES lln::handler_pipeline lln::handler_tool)

  lln_unit_test(NAME handler_metrics
    SOURCES tests/gap_watch_test.cpp tests/latency_metrics_test.cpp
            tests/packet_receive_test.cpp
    LIBRARIES lln::handler_pipeline
    LANES asan)
  lln_unit_test(NAME handler_pipeline
    SOURCES tests/pipeline_test.cpp tests/shared_publication_test.cpp tests/allocation_count.cpp
            tests/transport_allocation_test.cpp
    LIBRARIES lln::handler_pipeline
    LANES release asan)
  lln_unit_test(NAME handler_threads
    SOURCES tests/live_view_test.cpp tests/reference_handler_test.cpp
    LIBRARIES lln::handler_pipeline
    LANES asan tsan)
  lln_unit_test(NAME handler_transports
    SOURCES tests/transport_test.cpp
    LIBRARIES lln::handler_pipeline
    LANES asan
    LABELS root)
endif()
