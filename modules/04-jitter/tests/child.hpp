// Runs a part of a test in a forked child: with the privileges of a plain user, or to leave no trace in this process.
#pragma once

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace lln::jitter::test {

enum class Run { as_we_are, as_plain_user };

// `body` returns what went wrong, or an empty text; so does this function.
template <class Body>
std::string in_child(Run run, Body body) {
  int ends[2];
  if (::pipe(ends) != 0) return "pipe failed";
  const pid_t child = ::fork();
  if (child < 0) return "fork failed";
  if (child == 0) {
    ::close(ends[0]);
    std::string text;
    constexpr unsigned nobody = 65534;
    if (run == Run::as_plain_user && ::geteuid() == 0 &&
        (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
         ::setresuid(nobody, nobody, nobody) != 0)) {
      text = "could not give up root";
    } else {
      text = body();
    }
    const bool written = ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text;
  char part[512];
  for (ssize_t size; (size = ::read(ends[0], part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    text += " (the child ended with status " + std::to_string(status) + ")";
  return text;
}

}  // namespace lln::jitter::test
