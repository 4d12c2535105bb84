# Order books and zero-copy decoding: header-only.
lln_library(NAME handler_books DEPENDS lln::feed)

lln_unit_test(NAME order_books
  SOURCES tests/itch_view_test.cpp tests/order_book_story_test.cpp tests/order_book_invalid_test.cpp
          tests/order_book_differential_test.cpp
  LIBRARIES lln::handler_books
  LANES asan
  LABELS portable)

lln_unit_test(NAME order_book_memory  # AddressSanitizer has an operator new of its own
  SOURCES tests/order_book_memory_test.cpp tests/allocation_count.cpp
  LIBRARIES lln::handler_books
  LABELS portable)

if(NOT CMAKE_CROSSCOMPILING)
  lln_unit_test(NAME market_data
    SOURCES tests/market_data_test.cpp tests/zip_reader.cpp
    LIBRARIES lln::handler_books ZLIB::ZLIB
    TIMEOUT 3600)

  lln_cold_sources(bench/book_bench.cpp bench/book_bench_report.cpp)
  lln_program(NAME lln-book-bench SOURCES bench/book_bench.cpp bench/campaign.cpp bench/book_bench_report.cpp
    LIBRARIES lln::handler_books lln::exchange lln::handler_app lln::jitter lln::latency CLI11::CLI11
              nlohmann_json::nlohmann_json)
  lln_program(NAME lln-book-scale SOURCES bench/book_scale.cpp
    LIBRARIES lln::handler_books lln::project lln::exchange lln::handler_app lln::jitter lln::latency CLI11::CLI11
              nlohmann_json::nlohmann_json)
  target_include_directories(lln-book-scale PRIVATE stages/03-order-book)
  add_test(NAME bench.book COMMAND lln-book-bench --messages 60000 --symbols 50 --live-orders 5000 --rounds 3 --tables)
  set_tests_properties(bench.book PROPERTIES LABELS "bench-smoke" TIMEOUT 120)
  add_test(NAME bench.book-scale COMMAND lln-book-scale --live-orders 2000,20000 --symbols 50 --timed 20000 --rounds 3)
  set_tests_properties(bench.book-scale PROPERTIES LABELS "bench-smoke" TIMEOUT 120)
endif()
