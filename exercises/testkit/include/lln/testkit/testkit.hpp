// What every exercise's test needs: GoogleTest and Story. Precompiled once a lane; the other headers of the
// testkit are included one by one.
#pragma once

#include <lln/testkit/story.hpp>

#include <gtest/gtest.h>
