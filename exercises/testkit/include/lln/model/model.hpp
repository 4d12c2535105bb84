// A small stateless model checker: see explore.hpp, and exercises/testkit/MODEL.md for what it cannot see.
#pragma once

#include <lln/model/atomic.hpp>
#include <lln/model/expect.hpp>
#include <lln/model/explore.hpp>
#include <lln/model/var.hpp>
