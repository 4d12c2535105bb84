# The handler as a whole: receive stage, pipeline, metrics, report; and the program, from the students' main.cpp.
if(NOT CMAKE_CROSSCOMPILING)
  lln_library(NAME handler_pipeline
    SOURCES
      src/latency_metrics.cpp
      src/packet_receive.cpp
      src/pipeline.cpp
      src/reference_handler.cpp
      src/reference_report.cpp
    DEPENDS lln::handler lln::handler_app lln::jitter lln::lock_free)

  lln_program(NAME lln-handler SOURCES "${CMAKE_SOURCE_DIR}/final_project/app/main.cpp"
    LIBRARIES lln::handler_pipeline)
endif()
