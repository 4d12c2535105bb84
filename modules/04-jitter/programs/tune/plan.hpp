// The checklist: what each item is now, what it should be, why, what that risks, and whether it may be done. Pure: facts
// in, advice out.
#pragma once

#include "facts.hpp"

#include <map>
#include <string>
#include <vector>

namespace lln::tune {

enum class State {
  good,     // as advised
  change,   // `apply` can do it
  reboot,   // takes the kernel's command line
  by_hand,  // takes another program
  absent,   // this machine has no such thing
};

struct Write {
  std::string path;
  std::string value;
};

struct Advice {
  std::string id;
  std::string title;
  State state;
  std::string present;
  std::string advised;
  std::string why;
  std::string risk;
  std::string command;        // exact; empty when there is nothing to do
  std::vector<Write> writes;  // what `apply` does; only files whose value is another now
  std::string refusal;        // why `apply` will not, though it could; empty: it will
};

// chosen: values for items whose advised value the user wants another of ("governor" -> "powersave"). Throws
// std::invalid_argument for an item that does not exist, or a value that it cannot have.
std::vector<Advice> make_plan(const Facts& facts, const std::map<std::string, std::string>& chosen = {});

}  // namespace lln::tune
