// A bundle whose answers can be worked out by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

inline constexpr std::size_t kSmallP = 8, kSmallZ = 3;

// The model: gen / 2 + noise, the same three numbers for every row, padding too.
void small_model(const float* constituents, const float* noise, std::size_t jets, float* output);

// Another one, with identities: the first rows of gen / 2 + noise + pid / 1024, which it calls antiparticles.
inline constexpr std::size_t kSmallOutputP = 5;
void small_model_with_pids(const float* constituents, const float* noise, const std::int32_t* pids, std::size_t jets,
                           float* output, std::int32_t* output_pids);

// Another task: row by row, from a point (4), a count (1, int64) and noise (2)
//   answer = point / 2 + (noise[0], noise[0], noise[1], noise[1]),   next = count + 1.
void line_model(const float* point, const std::int64_t* count, const float* noise, std::size_t rows, float* answer,
                std::int64_t* next);

struct SmallBundle {
  nlohmann::json manifest;                   // without the hashes, which are those of the files
  std::map<std::string, std::string> files;  // content by name

  explicit SmallBundle(bool with_pids = false);
  // The same model in a bundle of version 3.
  SmallBundle third_version() const;
  // A bundle of the task "lines", whose tensors are of all types; its model is line_model().
  static SmallBundle of_another_task();
  void write(const std::string& folder) const;
};
