#pragma once

#include "change.hpp"
#include "facts.hpp"
#include "plan.hpp"

#include <nlohmann/json.hpp>

#include <iosfwd>
#include <vector>

namespace lln::tune {

// all: with the items that are as advised or not on this machine.
void print_plan(std::ostream& out, const Facts& facts, const std::vector<Advice>& plan, bool all);
void print_facts(std::ostream& out, const Facts& facts);
void print_outcomes(std::ostream& out, const std::vector<Outcome>& outcomes);
void print_journal(std::ostream& out, const Tree& tree, const std::vector<Entry>& entries);

nlohmann::ordered_json plan_json(const Facts& facts, const std::vector<Advice>& plan);
nlohmann::ordered_json facts_json(const Facts& facts);
nlohmann::ordered_json outcomes_json(const std::vector<Outcome>& outcomes);
nlohmann::ordered_json journal_json(const Tree& tree, const std::vector<Entry>& entries);

}  // namespace lln::tune
