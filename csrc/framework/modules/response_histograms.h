// How simulated jets compare with the reference jets they are nearest to, in ranges of the reference pt.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/modules/histogram.h"
#include "framework/modules/products.h"
#include "framework/parameter_set_description.h"

namespace pyjetsim::framework {

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
