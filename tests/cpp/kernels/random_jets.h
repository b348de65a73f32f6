// Input for the kernels' tests.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace pyjetsim::tests {

// Of one allocation each, so that a read past the end is seen.
template <typename T>
std::vector<T> normal(std::int64_t count, unsigned seed, double scale = 10) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> distribution(0, scale);
  std::vector<T> numbers(static_cast<std::size_t>(count));
  for (T& number : numbers) number = static_cast<T>(distribution(engine));
  return numbers;
}

// Small whole numbers: many ties, and distances without rounding.
template <typename T>
std::vector<T> whole(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<T> numbers(static_cast<std::size_t>(count));
  for (T& number : numbers) number = static_cast<T>(static_cast<int>(engine() % 7) - 3);
  return numbers;
}

// vector<bool> has no data().
struct Mask {
  std::unique_ptr<bool[]> values;

  // Every third row false, or all of every fourth jet.
  Mask(std::int64_t batch, std::int64_t rows, unsigned seed)
      : values(new bool[static_cast<std::size_t>(batch * rows)]) {
    std::mt19937 engine(seed);
    for (std::int64_t i = 0; i < batch * rows; ++i) values[i] = engine() % 3 != 0 && (i / rows) % 4 != 1;
  }
};

}  // namespace pyjetsim::tests
