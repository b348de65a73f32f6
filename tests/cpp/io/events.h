// HepMC3 events as text.
#pragma once

#include <string>

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

}  // namespace pyjetsim::test
