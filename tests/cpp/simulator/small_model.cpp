#include "simulator/small_bundle.h"

void small_model(const float* constituents, const float* noise, std::size_t jets, float* output) {
  for (std::size_t i = 0; i < jets * kSmallP * 3; ++i) {
    output[i] = constituents[i] * 0.5f + noise[i / (3 * kSmallP) * kSmallZ + i % 3];
  }
}

void small_model_with_pids(const float* constituents, const float* noise, const std::int32_t* pids, std::size_t jets,
                           float* output, std::int32_t* output_pids) {
  for (std::size_t jet = 0; jet < jets; ++jet) {
    for (std::size_t row = 0; row < kSmallOutputP; ++row) {
      const std::size_t from = jet * kSmallP + row, to = jet * kSmallOutputP + row;
      const float shift = static_cast<float>(pids[from]) / 1024;
      for (std::size_t d = 0; d < 3; ++d) {
        output[3 * to + d] = constituents[3 * from + d] * 0.5f + noise[jet * kSmallZ + d] + shift;
      }
      output_pids[to] = -pids[from];
    }
  }
}

void line_model(const float* point, const std::int64_t* count, const float* noise, std::size_t rows, float* answer,
                std::int64_t* next) {
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < 4; ++i) answer[4 * row + i] = point[4 * row + i] * 0.5f + noise[2 * row + i / 2];
    next[row] = count[row] + 1;
  }
}
