// What every result file of the final project's programs begins with: what, how, from which commit, where, built how.
//
// Threads: any. Cost: reads /proc and /sys; for after the run. Source: tools/schema/result.schema.json. Series, summary
// and notes are the caller's to add.
#pragma once

#include <lln/app/process.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace lln::app {

/// kind: "open" or "closed" load; rate: messages/s, none: as fast as it goes.
inline nlohmann::ordered_json result_header(const std::string& what, const std::string& command,
                                            const std::string& kind, std::optional<double> rate) {
  const Machine m = machine();
  const Build b = build();
  nlohmann::ordered_json json = {{"schema", "lln/result/v1"},
                                 {"what", what},
                                 {"command", command},
                                 {"commit", b.commit},
                                 {"time", utc_now()},
                                 {"machine",
                                  {{"cpu", m.cpu},
                                   {"cores", m.cores},
                                   {"kernel", m.kernel},
                                   {"governor", m.governor},
                                   {"vm", m.vm},
                                   {"tsc", m.tsc}}},
                                 {"build", {{"compiler", b.compiler}, {"flags", b.flags}}}};
  json["load"] = {{"kind", kind}, {"rate", nullptr}};
  if (rate) json["load"]["rate"] = *rate;
  json["series"] = nlohmann::ordered_json::array();
  return json;
}

}  // namespace lln::app
