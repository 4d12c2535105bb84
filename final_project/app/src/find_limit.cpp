#include <lln/app/find_limit.hpp>
namespace lln::app {
Outcome find_limit(const Options&, const std::atomic<bool>&, std::ostream&) { return {}; }
}  // namespace lln::app
