// Matrix products of few rows: outputs in lanes, every sum from its first term to its last, so that lanes of any width
// and any number of rows give the same bits.
#pragma once

#include <stdint.h>

#include "kernels/cpu/functions.h"

namespace pyjetsim::native {

// Columns that stand together in memory, a cache line: lanes are at most as many.
constexpr int kPanel = 16;
constexpr int kMostRows = 1024;

// A linear layer: weights by panels of 16 outputs, (panels, inputs, 16), zero beyond the last; biases likewise.
struct Linear {
  const float* weights = nullptr;
  const float* bias = nullptr;
  int inputs = 0, outputs = 0;
};

// Layers with SiLU between them.
struct Network {
  Linear layers[3];
  int n_layers = 0;
};

inline namespace PYJETSIM_FLAVOUR {

constexpr int panels_of(int columns) { return (columns + kPanel - 1) / kPanel; }
constexpr int padded(int columns) { return panels_of(columns) * kPanel; }

// Rows of a matrix: element k of row i is at first[i * row + k * step]; `chosen`, if not null, tells which rows.
struct Rows {
  const float* first;
  int64_t row, step;
  const int* chosen;
  int count;

  const float* at(int i) const { return first + (chosen == nullptr ? i : chosen[i]) * row; }
};

// Where results go: element n of row i at first[i * row + (n / 16) * panel + n % 16].
struct Results {
  float* first;
  int64_t row, panel;
};

enum class Then { kStore, kAdd, kSilu, kAddSilu };

template <typename V, Then then, int kRows, int kPanels>
inline void product_tile(const float* const* rows, int64_t step, int terms, const float* weights, int64_t panel,
                         const float* bias, const Results& results, int64_t first_row, int64_t first_panel) {
  constexpr int kInPanel = kPanel / V::kWidth, kVectors = kPanels * kInPanel;
  V sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int v = 0; v < kVectors; ++v) {
    const V start = bias == nullptr ? V(0.0f) : V::load(bias + v * V::kWidth);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) sums[r][v] = start;
  }
  for (int k = 0; k < terms; ++k) {
    V w[kVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      w[v] = V::load(weights + (v / kInPanel) * panel + k * kPanel + (v % kInPanel) * V::kWidth);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V a(rows[r][k * step]);
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sums[r][v] = fused_multiply_add(a, w[v], sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      float* const to = results.first + (first_row + r) * results.row + (first_panel + v / kInPanel) * results.panel +
                        (v % kInPanel) * V::kWidth;
      V sum = sums[r][v];
      if (then == Then::kAdd || then == Then::kAddSilu) sum = V::load(to) + sum;
      if (then == Then::kSilu || then == Then::kAddSilu) sum = silu(sum);
      sum.store(to);
    }
  }
}

template <int n>
struct Panels {
  static constexpr int kValue = n;
};

template <typename V, Then then, int kRows>
inline void product_rows(const Rows& rows, int first_row, int terms, const float* weights, const float* bias,
                         int n_panels, const Results& results) {
  // As many sums as there are registers for.
  constexpr int kMost = V::kWidth == kPanel ? (kRows <= 2 ? 8 : 4) : (kRows <= 2 ? 2 : 1);
  const float* at[kRows];
  for (int r = 0; r < kRows; ++r) at[r] = rows.at(first_row + r);
  const int64_t panel = int64_t{terms} * kPanel;
  int p = 0;
  const auto tiles = [&](auto width) {
    constexpr int kPanels = decltype(width)::kValue;
    for (; p + kPanels <= n_panels; p += kPanels) {
      product_tile<V, then, kRows, kPanels>(at, rows.step, terms, weights + p * panel, panel,
                                            bias == nullptr ? nullptr : bias + p * kPanel, results, first_row, p);
    }
  };
  if constexpr (kMost >= 8) tiles(Panels<8>{});
  if constexpr (kMost >= 4) tiles(Panels<4>{});
  if constexpr (kMost >= 2) tiles(Panels<2>{});
  tiles(Panels<1>{});
}

// Adds to, or stores, bias + the sum over k of rows[k] weights[k, n]. `bias` may be null.
template <typename V, Then then>
__attribute__((noinline)) void product(const Rows& rows, int terms, const float* weights, const float* bias,
                                       int n_panels, const Results& results) {
  constexpr int kTile = V::kWidth == 4 ? 4 : 6;
  int i = 0;
  for (; i + kTile <= rows.count; i += kTile) {
    product_rows<V, then, kTile>(rows, i, terms, weights, bias, n_panels, results);
  }
  switch (rows.count - i) {
    case 5:
      if constexpr (kTile > 5) product_rows<V, then, 5>(rows, i, terms, weights, bias, n_panels, results);
      break;
    case 4:
      if constexpr (kTile > 4) product_rows<V, then, 4>(rows, i, terms, weights, bias, n_panels, results);
      break;
    case 3:
      product_rows<V, then, 3>(rows, i, terms, weights, bias, n_panels, results);
      break;
    case 2:
      product_rows<V, then, 2>(rows, i, terms, weights, bias, n_panels, results);
      break;
    case 1:
      product_rows<V, then, 1>(rows, i, terms, weights, bias, n_panels, results);
      break;
    default:
      break;
  }
}

// `results` row-major, each row padded(outputs) long.
template <typename V, Then then>
inline void apply(const Linear& layer, const Rows& rows, float* results) {
  product<V, then>(rows, layer.inputs, layer.weights, layer.bias, panels_of(layer.outputs),
                   {results, padded(layer.outputs), kPanel});
}

// Rows of a matrix that `apply` wrote.
inline Rows rows_of(const float* matrix, int columns, int count) {
  return {matrix, padded(columns), 1, nullptr, count};
}

// A network from its inputs to its outputs; `hidden` and `other` hold a layer's answer each.
template <typename V>
inline void answer(const Network& network, const Rows& rows, float* hidden, float* other, float* results) {
  Rows from = rows;
  for (int i = 0; i + 1 < network.n_layers; ++i) {
    apply<V, Then::kSilu>(network.layers[i], from, hidden);
    from = rows_of(hidden, network.layers[i].outputs, rows.count);
    float* const free = other;
    other = hidden;
    hidden = free;
  }
  apply<V, Then::kStore>(network.layers[network.n_layers - 1], from, results);
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
