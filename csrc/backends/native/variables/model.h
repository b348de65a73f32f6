// Answers of the model "variables_flow": rows in lanes but in matrix products, where outputs are.
#pragma once

#include "backends/native/variables/variables.h"
#include "kernels/cpu/vectors.h"
#include "kernels/spline/spline.h"

namespace pyjetsim::native {
inline namespace PYJETSIM_FLAVOUR {

// The memory that rows are worked on in; all matrices row-major, rows padded to whole panels.
struct VariablesWork {
  float *given, *numbers, *input, *hidden, *rest, *parameters, *vectors;

  // From a null pointer on, only counted.
  static int64_t lay_out(const Variables& model, void* memory, VariablesWork& work) {
    uintptr_t next = reinterpret_cast<uintptr_t>(memory);
    const uintptr_t start = next;
    const auto floats = [&](int64_t columns, int64_t rows) {
      float* const at = reinterpret_cast<float*>(next);
      next += static_cast<uintptr_t>((columns + kPanel - 1) / kPanel * kPanel * rows) * sizeof(float);
      return at;
    };
    int widest = model.width > model.efficiency_width ? model.width : model.efficiency_width;
    if (model.categories_width > widest) widest = model.categories_width;
    const int64_t of_spline = spline_parameters(model.bins), half = (model.n_numbers + 1) / 2;
    work.given = floats(model.given, kRowsAtOnce);
    work.numbers = floats(model.n_numbers, kRowsAtOnce);
    const int input = model.n_numbers + model.given;
    work.input = floats(input > widest ? input : widest, kRowsAtOnce);
    work.hidden = floats(widest, kRowsAtOnce);
    work.rest = floats(widest, kRowsAtOnce);
    int64_t most = of_spline * half;
    for (int i = 0; i < model.n_heads; ++i) most = most > model.heads[i].size ? most : model.heads[i].size;
    work.parameters = floats(most, kRowsAtOnce);
    work.vectors = floats(of_spline, kPanel);
    return static_cast<int64_t>(next - start);
  }
};

// Calls `make` for every group of lanes with a vector of column `from` of rows `stride` long, and writes what it
// returns to column `to`.
template <typename V, typename Make>
inline void for_column(int rows, const float* from, int64_t stride, float* to, int64_t to_stride, const Make& make) {
  for (int first = 0; first < rows; first += V::kWidth) {
    const int n = rows - first < V::kWidth ? rows - first : V::kWidth;
    float lanes[V::kWidth];
    for (int k = 0; k < V::kWidth; ++k) lanes[k] = from[(first + (k < n ? k : n - 1)) * stride];
    make(V::load(lanes)).store(lanes);
    for (int k = 0; k < n; ++k) to[(first + k) * to_stride] = lanes[k];
  }
}

// Conditions as the networks take them.
template <typename V>
inline void standardise_conditions(const Variables& model, int rows, const float* conditions, float* given) {
  const int64_t stride = padded(model.given);
  int column = 0;
  for (int i = 0; i < model.n_conditions; ++i) {
    const Condition& condition = model.conditions[i];
    for (int value = 0; value < (condition.values == nullptr ? 1 : condition.n_values); ++value, ++column) {
      const V mean(model.condition_mean[column]), width(model.condition_width[column]);
      for_column<V>(rows, conditions + i, model.n_conditions, given + column, stride, [&](V x) {
        if (condition.values != nullptr) {
          x = select(absolute(x - V(condition.values[value])) < V(0.5f), V(1.0f), V(0.0f));
        } else if (condition.transform == Transform::kLog) {
          x = logarithm(maximum(x + V(condition.offset), V(1e-6f)));
        }
        return clamped((x - mean) / width, -10.0f, 10.0f);
      });
    }
  }
}

// Logits of rows (stride `padded(size)`) and noise to categories: a 1 at that of each row, else 0.
template <typename V>
inline void draw_categories(int rows, const float* noise, int64_t noise_stride, const float* logits, int size,
                            float* to, int64_t to_stride) {
  const int64_t stride = padded(size);
  for (int first = 0; first < rows; first += V::kWidth) {
    const int n = rows - first < V::kWidth ? rows - first : V::kWidth;
    const auto column = [&](const float* from, int64_t step) {
      float lanes[V::kWidth];
      for (int k = 0; k < V::kWidth; ++k) lanes[k] = from[(first + (k < n ? k : n - 1)) * step];
      return V::load(lanes);
    };
    V most = column(logits, stride);
    for (int k = 1; k < size; ++k) most = maximum(most, column(logits + k, stride));
    V total(0.0f);
    for (int k = 0; k < size; ++k) total = total + exponential(column(logits + k, stride) - most);
    const V drawn = V(0.5f) * (V(1.0f) + error_function(column(noise, noise_stride) * V(0.70710678118654752f))) * total;
    V below(0.0f), passed(0.0f);
    for (int k = 0; k + 1 < size; ++k) {
      below = below + exponential(column(logits + k, stride) - most);
      passed = passed + select(drawn < below, V(0.0f), V(1.0f));
    }
    float lanes[V::kWidth];
    passed.store(lanes);
    for (int k = 0; k < n; ++k) {
      for (int c = 0; c < size; ++c) to[(first + k) * to_stride + c] = static_cast<int>(lanes[k]) == c ? 1.0f : 0.0f;
    }
  }
}

// Of a target that is no flag, where it is at no point mass.
template <typename V>
inline V value_of(const Target& target, V number) {
  if (!target.limited) return number;
  V value = clamped(number, target.low_number, target.high_number);
  switch (target.transform) {
    case Transform::kLog:
      value = exponential(value) - V(target.offset);
      break;
    case Transform::kLogit:
      value = logistic(value);
      break;
    case Transform::kArctan: {
      const SineAndCosine<V> of = sine_and_cosine(value);
      value = of.sine / of.cosine / V(target.scale) + V(target.centre);
      break;
    }
    default:
      break;
  }
  if (target.whole) value = rounded(value);
  value = clamped(value, target.low, target.high);
  value = select(number < V(target.low_number), V(target.low), value);
  return select(number > V(target.high_number), V(target.high), value);
}

// What the category of a row says of its value: a flag's, or that of a point mass; else what the number said.
inline float value_of(const Target& target, const float* categories, float value) {
  if (target.values != nullptr) {
    for (int k = 0; k < target.n_values; ++k) {
      if (categories[k] > 0) return target.values[k];
    }
  }
  if (target.has_below && categories[0] > 0) return target.below;
  return target.has_above && categories[target.n_categories - 1] > 0 ? target.above : value;
}

// values = silu(values), rows of `columns`.
template <typename V>
inline void silu_of(int rows, int columns, const float* from, float* to) {
  const int64_t size = int64_t{rows} * padded(columns);
  for (int64_t i = 0; i < size; i += V::kWidth) silu(V::load(from + i)).store(to + i);
}

// Parameters of the splines of a layer, from the numbers that it keeps and the conditions.
template <typename V>
inline void condition_layer(const Variables& model, const Coupling& layer, int rows, const VariablesWork& work) {
  const int64_t inputs = layer.first.inputs, stride = padded(layer.first.inputs);
  const int64_t numbers = padded(model.n_numbers), given = padded(model.given);
  for (int row = 0; row < rows; ++row) {
    float* const to = work.input + row * stride;
    for (int i = 0; i < layer.n_kept; ++i) to[i] = work.numbers[row * numbers + layer.kept[i]];
    for (int64_t i = layer.n_kept; i < inputs; ++i) to[i] = work.given[row * given + i - layer.n_kept];
  }
  apply<V, Then::kStore>(layer.first, rows_of(work.input, layer.first.inputs, rows), work.hidden);
  for (int block = 0; block < model.blocks; ++block) {
    silu_of<V>(rows, model.width, work.hidden, work.input);
    apply<V, Then::kSilu>(layer.inner[block], rows_of(work.input, model.width, rows), work.rest);
    apply<V, Then::kAdd>(layer.outer[block], rows_of(work.rest, model.width, rows), work.hidden);
  }
  silu_of<V>(rows, model.width, work.hidden, work.hidden);
  apply<V, Then::kStore>(layer.last, rows_of(work.hidden, model.width, rows), work.parameters);
}

// The numbers that a layer changes, on their way from the noise.
template <typename V>
inline void invert_splines(const Variables& model, const Coupling& layer, int rows, const VariablesWork& work) {
  const int64_t stride = padded(layer.last.outputs), numbers = padded(model.n_numbers);
  const int64_t size = spline_parameters(model.bins);
  for (int first = 0; first < rows; first += V::kWidth) {
    const int n = rows - first < V::kWidth ? rows - first : V::kWidth;
    for (int j = 0; j < layer.n_changed; ++j) {
      const float* const parameters = work.parameters + first * stride + j * size;
      load_transposed<V>(JetRows<V, const float>(parameters, stride, n), size, work.vectors);
      V scales[2];
      spline_weights<V>(work.vectors, model.bins, scales);
      float* const at = work.numbers + first * numbers + layer.changed[j];
      for_column<V>(n, at, numbers, at, numbers, [&](V value) {
        return spline_inverse_value(spline_bin<V, true>(work.vectors, model.bins, scales, value), value);
      });
    }
  }
}

template <typename V>
void simulate_variables(const Variables& model, int rows, const VariableTensors& tensors, void* memory) {
  VariablesWork work;
  VariablesWork::lay_out(model, memory, work);
  const int64_t noise = 1 + model.n_heads + model.n_numbers, numbers = padded(model.n_numbers);
  const int64_t given = padded(model.given);
  standardise_conditions<V>(model, rows, tensors.conditions, work.given);

  float* const logits = work.parameters;  // one panel a row
  answer<V>(model.efficiency, rows_of(work.given, model.given, rows), work.hidden, work.rest, logits);
  float found[kRowsAtOnce];
  for (int first = 0; first < rows; first += V::kWidth) {
    const int n = rows - first < V::kWidth ? rows - first : V::kWidth;
    float of_noise[V::kWidth], of_logit[V::kWidth], lanes[V::kWidth];
    for (int k = 0; k < V::kWidth; ++k) {
      const int row = first + (k < n ? k : n - 1);
      of_noise[k] = tensors.noise[row * noise];
      of_logit[k] = logits[row * kPanel];
    }
    const V uniform = V(0.5f) * (V(1.0f) + error_function(V::load(of_noise) * V(0.70710678118654752f)));
    select(uniform < logistic(V::load(of_logit)), V(1.0f), V(0.0f)).store(lanes);
    for (int k = 0; k < n; ++k) found[first + k] = lanes[k];
  }

  for (int i = 0; i < model.n_heads; ++i) {
    const CategoryHead& head = model.heads[i];
    answer<V>(head.network, rows_of(work.given, model.given, rows), work.hidden, work.rest, work.parameters);
    draw_categories<V>(rows, tensors.noise + 1 + i, noise, work.parameters, head.size, work.given + head.first, given);
  }

  for (int row = 0; row < rows; ++row) {
    const float* const from = tensors.noise + row * noise + 1 + model.n_heads;
    for (int i = 0; i < model.n_numbers; ++i) work.numbers[row * numbers + i] = from[i];
  }
  for (int layer = model.n_layers; layer-- > 0;) {
    condition_layer<V>(model, model.layers[layer], rows, work);
    invert_splines<V>(model, model.layers[layer], rows, work);
  }
  int column = 0;
  for (int i = 0; i < model.n_targets; ++i) {
    const Target& target = model.targets[i];
    if (target.values == nullptr) {
      const V mean(model.target_mean[column]), width(model.target_width[column]);
      for_column<V>(rows, work.numbers + column, numbers, tensors.variables + i, model.n_targets,
                    [&](V number) { return value_of(target, number * width + mean); });
      ++column;
    }
    if (target.category < 0) continue;
    for (int row = 0; row < rows; ++row) {
      float& value = tensors.variables[row * model.n_targets + i];
      value = value_of(target, work.given + row * given + target.category, value);
    }
  }
  for (int row = 0; row < rows; ++row) {
    tensors.found[row] = static_cast<int32_t>(found[row]);
    if (found[row] > 0) continue;
    for (int i = 0; i < model.n_targets; ++i) tensors.variables[row * model.n_targets + i] = 0;
  }
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim::native
