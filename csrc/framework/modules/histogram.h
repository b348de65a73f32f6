// Counts in equal bins. Whole numbers, so that the order of filling and adding changes nothing.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <vector>

namespace pyjetsim::framework {

class Histogram {
 public:
  // `bins` from `low` to `high`. Throws Error where that is nothing.
  Histogram(std::int64_t bins, double low, double high);

  void fill(double value);
  // Of the same bins.
  void add(const Histogram& other);

  const std::vector<std::uint64_t>& counts() const { return counts_; }
  std::uint64_t underflow() const { return underflow_; }
  std::uint64_t overflow() const { return overflow_; }
  std::uint64_t not_finite() const { return not_finite_; }

  // "low", "high", "counts" and the rest, as members of a JSON object.
  void write_members(std::ostream& json) const;

 private:
  double low_, high_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t underflow_ = 0, overflow_ = 0, not_finite_ = 0;
};

}  // namespace pyjetsim::framework
