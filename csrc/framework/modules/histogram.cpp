#include "framework/modules/histogram.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>

#include "number_text.h"
#include "pyjetsim/error.h"

namespace pyjetsim::framework {
namespace {

constexpr std::int64_t kMostBins = 1'000'000;

}  // namespace

Histogram::Histogram(std::int64_t bins, double low, double high) : low_(low), high_(high) {
  if (bins < 1 || bins > kMostBins || !(low < high) || !std::isfinite(high - low)) {
    throw Error("a histogram has " + std::to_string(bins) + " bins from " + fixed_text(low) + " to " + fixed_text(high),
                "nothing could be counted in them", "give 1 to 1000000 bins and a low end below the high one");
  }
  counts_.resize(static_cast<std::size_t>(bins));
}

void Histogram::fill(double value) {
  if (!std::isfinite(value)) {
    ++not_finite_;
  } else if (value < low_) {
    ++underflow_;
  } else if (value >= high_) {
    ++overflow_;
  } else {
    const double bin = (value - low_) / (high_ - low_) * static_cast<double>(counts_.size());
    // Rounding may reach the end from just below it.
    ++counts_[std::min(static_cast<std::size_t>(bin), counts_.size() - 1)];
  }
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_.at(i);
  underflow_ += other.underflow_;
  overflow_ += other.overflow_;
  not_finite_ += other.not_finite_;
}

void Histogram::write_members(std::ostream& json) const {
  json << "\"low\": " << low_ << ", \"high\": " << high_ << ", \"counts\": [";
  for (std::size_t i = 0; i < counts_.size(); ++i) json << (i > 0 ? ", " : "") << counts_[i];
  json << "], \"underflow\": " << underflow_ << ", \"overflow\": " << overflow_ << ", \"not_finite\": " << not_finite_;
}

}  // namespace pyjetsim::framework
