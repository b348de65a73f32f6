// The model "variables_flow": pyjetsim/models/flows, of which `forward` in variables.py is the truth.
#pragma once

#include <stdint.h>

#include "backends/native/products.h"

namespace pyjetsim::native {

enum class Transform { kNone, kLog, kLogit, kArctan };

struct Condition {
  const float* values = nullptr;  // of a category; null: a number
  int n_values = 0;
  Transform transform = Transform::kNone;
  float offset = 0;
};

struct Target {
  const float* values = nullptr;  // of a flag or id, which has no number
  int n_values = 0;
  // Of several categories: the first one's column among what is given, else -1; then which are point masses.
  int category = -1, n_categories = 1;
  bool has_below = false, has_above = false;
  float below = 0, above = 0;
  bool limited = false, whole = false;
  Transform transform = Transform::kNone;
  float low = 0, high = 0, low_number = 0, high_number = 0;
  float offset = 0, scale = 1, centre = 0;
};

// Which category of a target: probabilities given the conditions and the categories before it.
struct CategoryHead {
  Network network;
  int first = 0, size = 0;  // columns among what is given
};

// A coupling layer: places of the numbers that it keeps and that it changes, and its conditioner.
struct Coupling {
  const int *kept = nullptr, *changed = nullptr;
  int n_kept = 0, n_changed = 0;
  Linear first, last;
  const Linear *inner = nullptr, *outer = nullptr;  // of the blocks
};

struct Variables {
  const Condition* conditions = nullptr;
  const Target* targets = nullptr;
  int n_conditions = 0, n_targets = 0;
  int inputs = 0, given = 0;       // numbers that the conditions become; with the categories
  int n_heads = 0, n_numbers = 0;  // numbers: of the flow, one a target that is no flag
  int width = 0, blocks = 0, bins = 0, n_layers = 0, efficiency_width = 0, categories_width = 0;
  const float *condition_mean = nullptr, *condition_width = nullptr;
  const float *target_mean = nullptr, *target_width = nullptr;
  Network efficiency;
  const CategoryHead* heads = nullptr;
  const Coupling* layers = nullptr;
};

// Rows as the manifest's tensors have them.
struct VariableTensors {
  const float *conditions, *noise;
  int32_t* found;
  float* variables;
};

constexpr int kRowsAtOnce = 64;

// `rows`, at most kRowsAtOnce; `memory`: what memory_for says, aligned for any vector.
using SimulateVariables = void (*)(const Variables& model, int rows, const VariableTensors& tensors, void* memory);

// Bytes that so many rows are worked on in.
int64_t memory_for(const Variables& model);

extern const SimulateVariables portable_variables;
#if defined(__x86_64__)
extern const SimulateVariables avx2_variables, avx512_variables;
#endif

}  // namespace pyjetsim::native
