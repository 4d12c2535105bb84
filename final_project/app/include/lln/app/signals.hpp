// SIGINT and SIGTERM as a flag. The handler for the signal only stores; a second signal ends the process at once.
#pragma once

#include <atomic>

namespace lln::app {

// Installs the handlers; afterwards `stop` becomes true on the first signal. `stop` must live as long as the process.
void stop_on_signals(std::atomic<bool>& stop);
bool signal_came() noexcept;

}  // namespace lln::app
