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

struct SmallBundle {
  nlohmann::json manifest;                   // without the hashes, which are those of the files
  std::map<std::string, std::string> files;  // content by name

  explicit SmallBundle(bool with_pids = false);
  void write(const std::string& folder) const;
};
