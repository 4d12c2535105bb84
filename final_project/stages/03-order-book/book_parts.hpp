// Stage 3: what the books are made of. No test looks in here: the file is yours, and may stay as it is.
#pragma once

#include <lln/project/book_types.hpp>
#include <lln/project/itch_events.hpp>

#include <cstdint>

namespace lln::project {

// TODO 1: for example the records of orders and levels, and what finds an order by its reference.

}  // namespace lln::project
