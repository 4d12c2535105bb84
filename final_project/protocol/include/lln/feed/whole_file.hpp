// A text file written so that a reader never sees half of it.
//
// Threads: a free function. Errors: std::system_error with the path and the reason ("disk full"); the old file then
// still stands, and nothing of the new one is left.
#pragma once

#include <string>
#include <string_view>

namespace lln::feed {

/// Writes a temporary beside `path`, syncs it and renames it. What is no plain file (/dev/stdout, /dev/full) is written,
/// not replaced: root's rename would take the device away from everybody.
void write_file(const std::string& path, std::string_view text);

}  // namespace lln::feed
