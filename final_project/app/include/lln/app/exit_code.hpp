// What lln-handler's exit code says. The numbers are part of the command line: --help lists them.
#pragma once

namespace lln::app {

enum class ExitCode : int {
  ok = 0,               // nothing unrecovered, digests equal where they were asked for
  failed = 1,           // a file or standard output could not be written, a file read, a thread started
  usage = 2,            // wrong command line, group, interface, port
  unrecovered = 3,      // messages are missing from the books
  digest_mismatch = 4,  // a book differs from --expect-digests
  not_compared = 5,     // --expect-digests was given, but the day did not end
  nothing_received = 6  // not one valid packet arrived
};

}  // namespace lln::app
