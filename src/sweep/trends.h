// The nights up to one, of the same sweep: what a plot over time needs.
#ifndef STALEMATE_SWEEP_TRENDS_H_
#define STALEMATE_SWEEP_TRENDS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/store.h"
#include "sweep/run.h"

namespace stalemate::sweep {

// A cell in one of the nights.
struct Point {
  std::size_t night = 0;  // in Trends::nights
  store::Summary run;
};

struct Totals {
  store::Night night;
  Counts counts;
  std::int64_t states = 0;
  double seconds = 0;  // of the cells that were checked in this night
};

struct Trends {
  std::vector<Totals> nights;                       // oldest first; the last is the one asked for
  std::map<std::string, std::vector<Point>> cells;  // those of the last night, by name
};

// `last` and the finished nights before it of the same sweep file, shard and filter; 30 at most.
Trends trends(const store::Store& store, const store::Night& last);

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_TRENDS_H_
