// Where reports go: whole files, and directories for them.
#pragma once

#include <lln/feed/whole_file.hpp>

#include <string>

namespace lln::app {

using feed::write_file;

// Makes the directory and its parents. Throws std::system_error.
void make_directory(const std::string& path);

}  // namespace lln::app
