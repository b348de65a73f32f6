// The layout of a jets.h5 (format pyjetsim.jets, version 1; docs/formats.md): the one place in C++. A test holds it to
// Python's, pyjetsim/io/jets_h5/layout.py.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace pyjetsim {

inline constexpr const char* kJetsFormat = "pyjetsim.jets";
inline constexpr int kJetsVersion = 1;
inline constexpr std::size_t kJetsChunk = 1024;  // rows of a chunk of every dataset

// A dataset of N rows. `width`: numbers of a row, or of one of its P constituents; 0 for a number by itself.
struct JetsColumn {
  const char* name;
  const char* dtype;  // as NumPy calls it
  bool of_constituents;
  std::size_t width;

  // Of a row, with room for so many constituents.
  std::vector<std::size_t> row_shape(std::size_t max_constituents) const {
    std::vector<std::size_t> shape;
    if (of_constituents) shape.push_back(max_constituents);
    if (width > 0) shape.push_back(width);
    return shape;
  }
};

// In each of the groups gen and reco, in the order of JetTable.
inline constexpr std::array<JetsColumn, 4> kJetColumns = {{
    {"constituents", "float32", true, 3},
    {"pid", "int32", true, 0},
    {"n_constituents", "int32", false, 0},
    {"jet", "float32", false, 4},
}};

// Of the pairs, in the order of PairTable.
inline constexpr std::array<JetsColumn, 3> kPairColumns = {{
    {"event", "int64", false, 0},
    {"delta_r", "float32", false, 0},
    {"n_vertices", "int32", false, 0},
}};

// Where gen jets have several simulations: which of them a pair has.
inline constexpr JetsColumn kCopyColumn = {"copy", "int32", false, 0};

// Where events have weights: all of them, as many a row as an event has, and what they are called.
inline constexpr JetsColumn weight_column(std::size_t n_weights) { return {"weight", "float64", false, n_weights}; }
inline constexpr const char* kWeightNames = "weight_names";

}  // namespace pyjetsim
