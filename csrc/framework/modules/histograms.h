// Histograms: counts in equal bins, and how simulated jets compare with the reference jets they are nearest to.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "framework/modules/products.h"
#include "framework/parameters.h"

namespace pyjetsim::framework {

// --- Counts in equal bins. Whole numbers, so that the order of filling and adding changes nothing.

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

// --- How simulated jets compare with the reference jets they are nearest to, in ranges of the reference pt.

class ResponseHistograms {
 public:
  static ParameterSetDescription description();
  explicit ResponseHistograms(const ParameterSet& parameters);

  // nearest[j]: the reference jet of simulated jet j, or -1.
  void fill(const Jets& simulated, const Jets& reference, const std::vector<std::int64_t>& nearest);
  // Of the same parameters.
  void add(const ResponseHistograms& other);

  std::string json() const;

 private:
  void fill_pair(const Jet& simulated, const Jet& reference);

  // From edge i to edge i + 1 of the reference pt.
  struct Range {
    Histogram pt, mass;  // simulated over reference
  };

  std::vector<double> pt_edges_;
  std::vector<Range> ranges_;
  Histogram delta_r_;
  std::uint64_t events_ = 0, simulated_ = 0, reference_ = 0, matched_ = 0;
};

}  // namespace pyjetsim::framework
