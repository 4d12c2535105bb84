# Order books and zero-copy decoding: header-only.
lln_library(NAME handler_books DEPENDS lln::feed)

lln_unit_test(NAME order_books
  SOURCES tests/itch_view_test.cpp tests/order_book_story_test.cpp tests/order_book_invalid_test.cpp
          tests/order_book_differential_test.cpp tests/order_book_memory_test.cpp tests/allocation_count.cpp
  LIBRARIES lln::handler_books
  LANES release asan
  LABELS portable)
