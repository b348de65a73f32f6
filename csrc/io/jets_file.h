// jets.h5: the pairs of gen and reco jets, column by column, and a file of them (format pyjetsim.jets, version 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pyjetsim {

// --- Pairs of gen and reco jets, column by column as in a jets.h5.

// N jets with room for P constituents.
struct JetTable {
  std::vector<float> constituents;           // (N, P, 3) px, py, pz in GeV, pt-descending, zero-padded
  std::vector<std::int32_t> pid;             // (N, P) PDG ids; 0 for padding and where unknown
  std::vector<std::int32_t> n_constituents;  // (N) before truncation to P
  std::vector<float> jet;                    // (N, 4) pt, eta, phi, mass in GeV, from all constituents
};

struct PairTable {
  JetTable gen, reco;
  std::vector<std::int64_t> event;        // (N) number of the event
  std::vector<float> delta_r;             // (N) distance of the gen and the reco axis in eta and phi
  std::vector<std::int32_t> n_vertices;   // (N) the hard collision and the pileup
  std::vector<std::int32_t> copy;         // (N) which simulation of its gen jet a pair has; empty in files without
  std::size_t n_weights = 0;              // W, the same for all pairs of a file
  std::vector<double> weight;             // (N, W) of the event
  std::vector<std::string> weight_names;  // (W) what the weights are called, or none

  std::size_t size() const { return event.size(); }
};

// --- Writes a jets.h5: format pyjetsim.jets, version 1.

// Piece by piece; the file appears under its name only when it is finished. Not to be used from several threads at
// once, nor beside other uses of HDF5, which is not made for threads. Every function throws Error where the disk
// refuses.
class JetsFile {
 public:
  // With `copies`, the file has the column "copy".
  JetsFile(const std::string& path, std::size_t max_constituents, bool copies = false);
  // Without finish(), removes what was written.
  ~JetsFile();
  JetsFile(const JetsFile&) = delete;
  JetsFile& operator=(const JetsFile&) = delete;

  // The first pairs, be there none, say which weights the file has.
  void append(const PairTable& pairs);
  // `provenance` is a JSON object.
  void finish(const std::string& provenance);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pyjetsim
