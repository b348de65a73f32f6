#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/number_text.h"
#include "io/hepmc.h"

namespace pyjetsim {

void EventNumbers::add(std::int64_t number) {
  ++events_;
  const auto behind = ranges_.upper_bound(number);
  if (behind != ranges_.begin()) {
    const auto range = std::prev(behind);
    if (number <= range->second) {
      if (repeated_++ == 0) first_repeated_ = number;
      return;
    }
    if (number - 1 == range->second) {
      range->second = number;
      if (behind != ranges_.end() && behind->first - 1 == number) {
        range->second = behind->second;
        ranges_.erase(behind);
      }
      return;
    }
  }
  if (behind != ranges_.end() && behind->first - 1 == number) {
    const std::int64_t last = behind->second;
    ranges_.erase(behind);
    ranges_[number] = last;
    return;
  }
  ranges_[number] = number;
}

std::string EventNumbers::warning(const std::string& path) const {
  if (repeated_ == 0) return "";
  return Error(
             std::to_string(repeated_) + " of the " + counted(events_, "event") + " of " + source_name(path) +
                 (repeated_ == 1 ? " has" : " have") + " the number of an earlier one, the first is " +
                 std::to_string(first_repeated_),
             "their numbers do not tell them apart: splits keep them together, and jets of a number are counted on so "
             "that their noise is not the same",
             kNumberEvents)
      .what();
}

void BorrowedUnits::add(std::int64_t number, bool borrowed) {
  ++events_;
  if (borrowed && borrowed_++ == 0) first_borrowed_ = number;
}

std::string BorrowedUnits::warning(const std::string& path) const {
  if (borrowed_ == 0) return "";
  return Error(std::to_string(borrowed_) + " of the " + counted(events_, "event") + " of " + source_name(path) +
                   (borrowed_ == 1 ? " does not say its units" : " do not say their units") + ", the first is event " +
                   std::to_string(first_borrowed_),
               "those of the event before are taken, as HepMC3's reader takes them; momenta in MeV that are taken for "
               "GeV are wrong by a factor of 1000",
               "add a line `U GEV MM` or `U MEV MM` behind each line E")
      .what();
}

Error stopped(const std::string& path, std::optional<std::int64_t> last_event, const BrokenError& broken,
              const std::string& kept) {
  const std::string where = last_event ? "after event " + std::to_string(*last_event) : "before its first event";
  return Error(source_name(path) + " stops " + where + ": " + broken.what(), broken.why() + kept, broken.todo());
}

std::string kept_before(std::size_t events, const std::string& output) {
  const std::string which = events == 1 ? "event before is" : std::to_string(events) + " events before are";
  return "the " + which + " simulated in " + output;
}

void HardestJets::add(double jet_pt, double jet_eta, double eta_max) {
  if (jet_pt > pt) {
    pt = jet_pt;
    eta = jet_eta;
  }
  if (std::abs(jet_eta) < eta_max) pt_inside = std::max(pt_inside, jet_pt);
}

void HardestJets::add(const HardestJets& others) {
  if (others.pt > pt) {
    pt = others.pt;
    eta = others.eta;
  }
  pt_inside = std::max(pt_inside, others.pt_inside);
}

std::string HardestJets::warning(const std::string& path, double pt_min, double eta_max) const {
  if (pt == 0) {
    return Error(source_name(path) + " has no gen jets", "none of its events has a particle that a detector can see",
                 "check that its final particles have status 1")
        .what();
  }
  const std::string all = "the hardest has pt " + short_text(pt, 4) + " GeV at eta " + short_text(eta, 3);
  // Without a cut on eta none is beyond it.
  const std::string inside = (std::isinf(eta_max) ? all
                                                  : "the hardest within |eta| < " + short_text(eta_max, 4) +
                                                        " has pt " + short_text(pt_inside, 4) + " GeV") +
                             ", and those above " + short_text(pt_min, 4) + " GeV are taken";
  const std::string wide = "raise --gen-eta-max, which is " + short_text(eta_max, 4);
  const std::string wrong = "no gen jet of " + source_name(path) + " passes the cuts";
  if (pt_inside == 0) return Error(wrong, all + ", and none is within", wide).what();
  const bool hard_outside = pt > pt_min;
  return Error(wrong, inside + (hard_outside ? "; " + all : ""),
               "lower --gen-pt-min" + (hard_outside ? ", or " + wide : ""))
      .what();
}

Error negative_number(const std::string& path, std::int64_t number) {
  return Error(source_name(path) + ": event " + std::to_string(number) + " has a number that is not " + kEventNumbers,
               kKnownByNumber, kNumberEvents);
}

EventReader::EventReader(const std::string& path, double eta_max, bool number_events, const Waiting& waiting)
    : path_(path),
      bytes_(open_bytes(path, waiting)),
      texts_(std::make_unique<EventTexts>(*bytes_, path)),
      parser_(eta_max, number_events) {}

bool EventReader::next(Particles& particles) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (broken_) throw BrokenError(*broken_);
  if (finished_) return false;
  try {
    if (!texts_->next(text_)) {
      finished_ = true;
      return false;
    }
    parser_.parse(text_, particles);
  } catch (const BrokenError& error) {
    broken_ = error;
    throw;
  }
  numbers_.add(particles.event);
  units_.add(particles.event, particles.borrowed_units);
  last_event_ = particles.event;
  return true;
}

std::vector<std::string> EventReader::warnings() const {
  std::vector<std::string> told;
  if (finished_ && last_event_) told = texts_->warnings();
  for (const std::string& warning : {numbers_.warning(path_), units_.warning(path_)}) {
    if (!warning.empty()) told.push_back(warning);
  }
  return told;
}

}  // namespace pyjetsim
