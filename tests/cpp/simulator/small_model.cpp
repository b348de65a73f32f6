#include "simulator/small_bundle.h"

void small_model(const float* constituents, const float* noise, std::size_t jets, float* output) {
  for (std::size_t i = 0; i < jets * kSmallP * 3; ++i) {
    output[i] = constituents[i] * 0.5f + noise[i / (3 * kSmallP) * kSmallZ + i % 3];
  }
}
