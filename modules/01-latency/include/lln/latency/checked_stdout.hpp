// CheckedStdout: a program whose results could not be written says so, and does not end with 0.
//
// What       The first line of main(): `const CheckedStdout checked("lln-histogram");`. At the end of main(), whichever
//            return that is, it flushes standard output. Could something printed not be written (a full disk), one
//            sentence goes to standard error, and the process ends by std::exit() with `failure` instead of main's code.
//            A reader that has gone (`| head`) is no failure: silent, and main's code stays.
//            Standard streams that are closed when the program starts are put on /dev/null, the wrong way round: else
//            the next file that is opened becomes one, and what is printed lands in it. Output to such a standard
//            output fails as said above; a program that prints nothing does not fail.
// Threads    Made by main() before there are others; when it goes, nobody else prints any more.
// Guarantee  Sees what goes through stdio and through std::cout, as long as that is tied to stdio (the default).
//            Not seen: what a network file system refuses only when the descriptor is closed.
// Cost       Nothing while printing.
// Source     atexit(3), stdio(3); the modules closeout and stdopen of gnulib do the same for the GNU programs.
#pragma once

#include <string>

namespace lln::latency {

class CheckedStdout {
 public:
  explicit CheckedStdout(std::string program, int failure = 1);
  ~CheckedStdout();
  CheckedStdout(const CheckedStdout&) = delete;
  CheckedStdout& operator=(const CheckedStdout&) = delete;

 private:
  std::string program_;
  int failure_;
  bool closed_ = false;
};

}  // namespace lln::latency
