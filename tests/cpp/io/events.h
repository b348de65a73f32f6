// HepMC events as text.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "io/bytes.h"
#include "io/hepmc.h"

namespace pyjetsim::test {

inline const std::string kStart = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n";
inline const std::string kEnd = "HepMC::Asciiv3-END_EVENT_LISTING\n\n";

// Two protons, a decayed Z, a pion, a photon along the beam, a neutrino, and an electron from the Z.
inline std::string event_text(int number, const std::string& unit = "GEV") {
  return "E " + std::to_string(number) +
         " 2 7\n"
         "U " +
         unit +
         " MM\n"
         "W 1.0\n"
         "A 0 signal_process_id 221\n"
         "P 1 0 2212 0 0 6500 6500 0.938 4\n"
         "P 2 0 2212 0 0 -6500 6500 0.938 4\n"
         "V -1 0 [1,2]\n"
         "P 3 -1 23 5 5 5 100 91 2\n"
         "P 4 -1 211 1.25 -2.5 3.75 4.75 0.139 1\n"
         "P 5 -1 22 0 0 30 30 0 1\n"
         "P 6 -1 -14 10 0 0 10 0 1\n"
         "P 7 3 11 -7 24 0 25 0 1\n";
}

inline std::string file_text(int events) {
  std::string text = kStart;
  for (int number = 0; number < events; ++number) text += event_text(number);
  return text + kEnd;
}

inline const std::string kStart2 = "\nHepMC::Version 2.06.09\nHepMC::IO_GenEvent-START_EVENT_LISTING\n";
inline const std::string kEnd2 = "HepMC::IO_GenEvent-END_EVENT_LISTING\n";

// The same particles in HepMC2's format.
inline std::string hepmc2_event_text(int number) {
  return "E " + std::to_string(number) +
         " -1 -1 -1 -1 221 0 2 1 2 2 17 18 1 1.0\n"
         "U GEV MM\n"
         "F 0 0 0 0 0 0 0 0 0\n"
         "V -1 0 0 0 0 0 2 4 0\n"
         "P 1 2212 0 0 6500 6500 0.938 4 0 0 -1 0\n"
         "P 2 2212 0 0 -6500 6500 0.938 4 0 0 -1 0\n"
         "P 3 23 5 5 5 100 91 2 0 0 -2 0\n"
         "P 4 211 1.25 -2.5 3.75 4.75 0.139 1 0 0 0 1 1 501\n"
         "P 5 22 0 0 30 30 0 1 0 0 0 0\n"
         "P 6 -14 10 0 0 10 0 1 0 0 0 0\n"
         "V -2 0 0 0 0 0 0 1 1 0.5\n"
         "P 7 11 -7 24 0 25 0 1 0 0 0 0\n";
}

inline std::string hepmc2_file_text(int events) {
  std::string text = kStart2;
  for (int number = 0; number < events; ++number) text += hepmc2_event_text(number);
  return text + kEnd2;
}

inline EventText as_event(std::string text, std::string units = "") {
  EventText event;
  event.text = std::move(text);
  event.units = units.empty() ? "U GEV MM" : std::move(units);
  event.n_weights = count_weights(event);
  return event;
}

// Gives so many bytes at a time, as a slow disk may.
class TextBytes final : public Bytes {
 public:
  explicit TextBytes(std::string text, std::size_t piece = 1 << 20) : text_(std::move(text)), piece_(piece) {}

  std::size_t read(char* bytes, std::size_t size) override {
    const std::size_t got = text_.copy(bytes, std::min(size, piece_), given_);
    given_ += got;
    return got;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t given_ = 0;
};

}  // namespace pyjetsim::test
