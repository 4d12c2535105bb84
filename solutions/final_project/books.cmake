# Order books and zero-copy decoding: header-only.
lln_library(NAME handler_books DEPENDS lln::feed)
