// Waits in words: what the endings of traces and the graphs of waits share.
#ifndef STALEMATE_REPORT_WAITS_H_
#define STALEMATE_REPORT_WAITS_H_

#include <string>
#include <vector>

#include "report/report.h"

namespace stalemate::report {

// "CPU0 kernel"
std::string process_name(const ir::Program& p, int process);
// Why the waiter cannot go on in state `s`: `waits (ack) at "wait for acks": csd[...]=true`,
// `not taken: irqs_on[1]=false`, `interrupted`.
std::string wait_reason(const ir::Program& p, const Wait& w, const State& s, const Render& render);
// The cycle, or whatever is waited for, one line each.
std::vector<std::string> wait_lines(const ir::Program& p, const PropertyResult& r,
                                    const Render& render);

// What the text of a step is in a state; its name when the text has none.
std::string action_text(const ir::Step& step, const State* before,
                        const std::vector<ir::Value>& choices, const Render& render);
// The name of one slot, as the trace shows it.
std::string shown_slot(const ir::Program& p, int slot);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_WAITS_H_
