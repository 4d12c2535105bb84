// lln-echo-wire: an echo server and its client at the two ends of a cable, in network namespaces that vanish with them.
#include <lln/latency/checked_stdout.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/test_net.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

namespace {

using lln::net::FileDescriptor;
using lln::net::TestNet;

constexpr int bad_arguments = 2;
constexpr int cannot = 77;

constexpr const char* help =
    "lln-echo-wire SERVER [ARGUMENTS] -- CLIENT [ARGUMENTS]\n"
    "\n"
    "Starts SERVER on the far end of a virtual cable (interface far0, address 10.77.0.2) and, when it has "
    "said 'ready',\n"
    "CLIENT on the near end (near0, 10.77.0.1); when the client has ended, so does the server. The cable's "
    "ends have NAPI, so\n"
    "that busy polling is real, and one queue, so that an AF_XDP socket sees everything. Nothing of it is "
    "left behind.\n"
    "\n"
    "  lln-echo-wire build/default/bin/lln-echo-server --udp 10.77.0.2:7007 --busy-poll 200 --\n"
    "                build/default/bin/lln-echo-client udp:10.77.0.2:7007 --block --busy-poll 200\n"
    "\n"
    "Status: that of the client; 77 where there can be no cable, with the reason.\n";

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// A child on that side; what it says goes to `out`.
pid_t start(const TestNet& net, TestNet::Side side, const std::vector<char*>& command, int out) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child > 0) return child;
  try {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(1);
    net.enter(side);
    if (out >= 0 && ::dup2(out, STDOUT_FILENO) < 0) fail("dup2");
    ::execvp(command[0], command.data());
    std::fprintf(stderr, "lln-echo-wire: starting %s: %s\n", command[0], std::strerror(errno));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lln-echo-wire: %s\n", error.what());
  }
  ::_exit(bad_arguments);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Arguments up to "--" or the end, as execvp wants them.
std::vector<char*> command_at(char**& at) {
  std::vector<char*> command;
  while (*at != nullptr && std::strcmp(*at, "--") != 0) command.push_back(*at++);
  if (*at != nullptr) ++at;
  command.push_back(nullptr);
  return command;
}

int run(const std::vector<char*>& server_command, const std::vector<char*>& client_command) {
  const TestNet net({.napi = true});
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
  FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  const pid_t server = start(net, TestNet::Side::far, server_command, writing.get());
  writing.reset();
  FILE* const said = ::fdopen(reading.release(), "r");
  if (said == nullptr) fail("fdopen");
  bool ready = false;
  char line[512];
  while (!ready && std::fgets(line, sizeof line, said) != nullptr)
    ready = std::strncmp(line, "ready", 5) == 0;
  int status = 1;
  if (ready) {
    status = wait_for(start(net, TestNet::Side::near, client_command, -1));
    ::kill(server, SIGTERM);
  }
  // Its report would stand behind the client's: only what it was refused is of interest here.
  while (std::fgets(line, sizeof line, said) != nullptr) {
    if (std::strncmp(line, "  not ", 6) == 0) std::fprintf(stderr, "server: %s", line + 6);
  }
  std::fclose(said);
  const int server_status = wait_for(server);
  if (ready) return status;
  std::fprintf(stderr, "lln-echo-wire: the server ended before it was ready, status %d\n", server_status);
  return server_status == cannot ? cannot : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-echo-wire");
  char** at = argv + 1;
  if (argc > 1 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) {
    std::fputs(help, stdout);
    return 0;
  }
  const auto server = command_at(at);
  const auto client = command_at(at);
  if (server.size() < 2 || client.size() < 2) {
    std::fputs("lln-echo-wire: a server's command, --, and a client's are needed; --help shows an example\n",
               stderr);
    return bad_arguments;
  }
  if (const std::string why = TestNet::why_not(); !why.empty()) {
    std::fprintf(stderr, "lln-echo-wire: %s\n", why.c_str());
    return cannot;
  }
  // Ctrl-C and SIGTERM: the children get theirs, or die with this process.
  std::signal(SIGINT, SIG_IGN);
  try {
    return run(server, client);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lln-echo-wire: %s\n", error.what());
    return 1;
  }
}
