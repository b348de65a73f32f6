#include "framework/modules/histograms.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <locale>
#include <ostream>
#include <sstream>
#include <string>

#include "core/angles.h"
#include "core/number_text.h"
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

namespace {

Histogram histogram_of(const ParameterSet& bins) {
  return {bins.getParameter<std::int64_t>("bins"), bins.getParameter<double>("low"), bins.getParameter<double>("high")};
}

ParameterSetDescription bins_between(double low, double high) {
  ParameterSetDescription bins;
  bins.add<std::int64_t>("bins", 100);
  bins.add<double>("low", low);
  bins.add<double>("high", high);
  return bins;
}

void check_edges(const std::vector<double>& edges) {
  if (edges.size() < 2 || !std::is_sorted(edges.begin(), edges.end(), std::less_equal<>())) {
    throw Error("parameter 'pt_edges' does not rise", "a jet belongs to one range of pt",
                "give at least two rising numbers, GeV");
  }
}

}  // namespace

ParameterSetDescription ResponseHistograms::description() {
  ParameterSetDescription description;
  description.add<std::vector<double>>("pt_edges", {0, 100, 200, 300, 500, 1000, 7000});
  description.add("response", bins_between(0, 2));
  description.add("delta_r", bins_between(0, 1));
  return description;
}

ResponseHistograms::ResponseHistograms(const ParameterSet& parameters)
    : pt_edges_(parameters.getParameter<std::vector<double>>("pt_edges")),
      delta_r_(histogram_of(parameters.getParameter<ParameterSet>("delta_r"))) {
  check_edges(pt_edges_);
  const Histogram empty = histogram_of(parameters.getParameter<ParameterSet>("response"));
  ranges_.assign(pt_edges_.size() - 1, {empty, empty});
}

void ResponseHistograms::fill(const Jets& simulated, const Jets& reference, const std::vector<std::int64_t>& nearest) {
  ++events_;
  simulated_ += simulated.size();
  reference_ += reference.size();
  for (std::size_t j = 0; j < simulated.size(); ++j) {
    if (nearest[j] >= 0) fill_pair(simulated[j], reference[static_cast<std::size_t>(nearest[j])]);
  }
}

void ResponseHistograms::fill_pair(const Jet& simulated, const Jet& reference) {
  ++matched_;
  delta_r_.fill(delta_r(double{simulated.eta}, double{simulated.phi}, double{reference.eta}, double{reference.phi}));
  const auto above = std::upper_bound(pt_edges_.begin(), pt_edges_.end(), double{reference.pt});
  if (above == pt_edges_.begin() || above == pt_edges_.end()) return;
  Range& range = ranges_[static_cast<std::size_t>(above - pt_edges_.begin()) - 1];
  range.pt.fill(double{simulated.pt} / reference.pt);
  range.mass.fill(double{simulated.mass} / reference.mass);
}

void ResponseHistograms::add(const ResponseHistograms& other) {
  events_ += other.events_;
  simulated_ += other.simulated_;
  reference_ += other.reference_;
  matched_ += other.matched_;
  delta_r_.add(other.delta_r_);
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    ranges_[i].pt.add(other.ranges_.at(i).pt);
    ranges_[i].mass.add(other.ranges_.at(i).mass);
  }
}

std::string ResponseHistograms::json() const {
  std::ostringstream json;
  json.imbue(std::locale::classic());
  json.precision(17);
  json << "{\n  \"format\": \"pyjetsim.responses\",\n  \"version\": 1,\n  \"events\": " << events_
       << ",\n  \"jets\": {\"simulated\": " << simulated_ << ", \"reference\": " << reference_
       << ", \"matched\": " << matched_ << "},\n  \"delta_r\": {";
  delta_r_.write_members(json);
  json << "},\n  \"ranges\": [";
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    json << (i > 0 ? ",\n" : "\n") << "    {\"reference_pt\": [" << pt_edges_[i] << ", " << pt_edges_[i + 1]
         << "],\n     \"pt_response\": {";
    ranges_[i].pt.write_members(json);
    json << "},\n     \"mass_response\": {";
    ranges_[i].mass.write_members(json);
    json << "}}";
  }
  json << "\n  ]\n}\n";
  return json.str();
}

}  // namespace pyjetsim::framework
