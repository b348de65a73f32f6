// pyjetsim-run: its options, what a run does, and what it tells afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "pyjetsim/selection.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {

// --- The command line of pyjetsim-run.

struct RunOptions {
  std::string source, bundle = "cells", output;
  std::uint64_t seed = 1;
  int threads = 1;
  int oversample = 1;  // reco jets for each gen jet
  double gen_pt_min = kGenPtMin, gen_eta_max = kGenEtaMax;
  std::string backend = SimulatorOptions().backend;
  std::string device = "cpu";
  std::string library;         // of the backend; empty: found by its own rules
  std::string json;            // also write the summary here
  bool number_events = false;  // by their place in the source
  bool quiet = false;
  bool help = false, version = false;  // print and end
};

// Throws Error for what cannot be understood.
RunOptions parse_options(int count, char* const* arguments);

std::string help();

// --- What a run did, and how long it took.

struct Counts {
  std::size_t events = 0;
  std::size_t jets = 0;            // reco jets
  std::size_t truncated = 0;       // gen jets of which the model saw only the hardest constituents
  std::size_t outside_domain = 0;  // gen jets unlike those the model was trained on
  std::size_t empty = 0;           // reco jets without constituents

  Counts& operator+=(const Counts& other);
};

// Seconds of processor time, of all threads together.
struct Times {
  double reading = 0, clustering = 0, inference = 0, writing = 0;

  Times& operator+=(const Times& other);
};

struct Summary {
  std::string output;
  std::string backend;  // name and version of what ran the model
  int threads = 1;
  int oversample = 1;
  Counts counts;
  Times times;
  double seconds = 0;     // by the clock
  bool complete = false;  // the source was simulated to its end
};

// Three lines for a reader.
std::string text(const Summary& summary);
// The same as a JSON object.
std::string json(const Summary& summary);

// --- Processor time of a thread.

// Not the clock's time: that of threads which wait for a core would be counted twice.
class Stopwatch {
 public:
  Stopwatch() : began_(now()) {}

  // Seconds since it was made, or since the last call. To be called by the thread that made it.
  double lap() {
    const double before = began_;
    began_ = now();
    return began_ - before;
  }

 private:
  static double now() {
    std::timespec time;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  double began_;
};

// --- From HepMC events to a jets.h5 with their simulation.

struct RunResult {
  Summary summary;
  std::vector<std::string> warnings;  // what is unusual about the source, though harmless
  std::string stopped;                // why the output holds only the events before; empty where it holds all
};

// Throws Error where there is nothing to write, and leaves no output then. A file that is cut, and SIGINT, end the
// output after the last good event.
RunResult run(const RunOptions& options);

// How an output was made, as it stands in the jets.h5: a JSON object without times, so that the same command gives the
// same file. `format`: of the events.
std::string provenance(const RunOptions& options, const JetSimulator& simulator, const Summary& summary,
                       const std::string& format);

}  // namespace pyjetsim
