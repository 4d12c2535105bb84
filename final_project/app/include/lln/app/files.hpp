// Whole files, written so that a reader never sees half of one.
#pragma once

#include <string>
#include <string_view>

namespace lln::app {

// Writes a temporary beside `path`, syncs it and renames it. Throws std::system_error with the path and the reason
// ("disk full"); the old file then still stands and the temporary is gone.
void write_file(const std::string& path, std::string_view text);

// Makes the directory and its parents. Throws std::system_error.
void make_directory(const std::string& path);

}  // namespace lln::app
