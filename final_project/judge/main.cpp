// lln-stream-check: compares an output stream with what the day makes a right handler publish.
#include <lln/judge/stream_judge.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-stream-check", 2);
  if (argc != 3 || argv[1][0] == '-') {
    std::cerr << "usage: lln-stream-check DAY STREAM\n"
                 "DAY: what lln-exchange --write-itch wrote. STREAM: what lln-handler --publish wrote "
                 "(SPEC.md section 11).\n"
                 "Exit code: 0 right, 1 different, 2 a file cannot be read, or the verdict not be printed\n";
    return 2;
  }
  try {
    const lln::judge::Day day(argv[1]);
    const lln::judge::StreamVerdict verdict = lln::judge::judge_stream_file(day, argv[2]);
    if (!verdict.right()) {
      std::cout << verdict.difference << '\n';
      return 1;
    }
    std::cout << verdict.records << " records as they should be: " << verdict.prices << " best prices, "
              << verdict.trades << " trades, " << verdict.snapshots << " snapshots, " << verdict.lost
              << " messages lost, " << (verdict.ended ? "session ended" : "session not ended") << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "lln-stream-check: " << error.what() << '\n';
    return 2;
  }
}
