// Runs a program of the system to its end; for set-up.
#pragma once

#include <string>
#include <vector>

namespace lln::net {

// In the calling thread's namespaces, with no input. `inherited`: a descriptor that the program gets under the same
// number. Throws std::runtime_error with the command and what it wrote to stderr when it fails or is not there.
void run_program(const std::vector<std::string>& words, int inherited = -1);

}  // namespace lln::net
